import Foundation

/// Checks signed mails with dkimpy, an implementation of another make.
package enum DKIMVerifier {
    package struct Result: Decodable, Sendable {
        package let holds: Bool
        package let problem: String?
        /// In lower case; a header that is sealed stands there once more than the mail has it.
        package let covered: [String]
    }

    /// - Parameters:
    ///   - mails: as they went over the wire, by a name of their own.
    ///   - record: the name and the text of the DNS record.
    package static func check(
        _ mails: [String: [UInt8]],
        record: (name: String, text: String)
    ) async throws -> [String: Result] {
        let folder = try TemporaryFolder()
        for (name, bytes) in mails { try Data(bytes).write(to: URL(filePath: folder.path("\(name).eml"))) }
        let python = try await PythonTools.python()
        let script = HelperServer.scripts.appending(path: "dkim_verify.py").path(percentEncoded: false)
        let output = folder.path("results.json")
        let command = [
            "sh", "-c", #""$0" "$1" "$2" "$3" "$4" >"$5""#, python, script, folder.path(""), record.name, record.text,
            output,
        ]
        try await HelperServer.run(command)
        let results = try JSONDecoder().decode(
            [String: Result].self,
            from: try Data(contentsOf: URL(filePath: output))
        )
        return Dictionary(uniqueKeysWithValues: results.map { (String($0.key.dropLast(4)), $0.value) })
    }
}
