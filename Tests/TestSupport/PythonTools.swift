private import Foundation

/// The Python that tests use beside their own language.
package enum PythonTools {
    /// One with the packages that the tests need, made where it is not there yet.
    package static func python() async throws -> String {
        let root = HelperServer.scripts.appending(path: "../../..").standardizedFileURL.path(percentEncoded: false)
        let environment = HelperServer.scripts.appending(path: "python-environment.sh").path(percentEncoded: false)
        try await HelperServer.run(["sh", environment, root])
        return root + "/.build-venv/bin/python"
    }
}
