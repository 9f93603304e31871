private import Foundation

/// The operator's own templates, from `TEMPLATES_DIR`: single files that go before the built-in ones.
package struct TemplateOverrides: Sendable {
    struct File: Sendable {
        let path: String
        let text: String
    }

    /// By the path of the built-in template that each replaces, as `mail/en/low_balance.html.mustache`.
    let files: [String: File]

    package static let none = TemplateOverrides(files: [:])

    init(files: [String: File]) { self.files = files }

    /// Reads a folder that looks like `templates/`, or like `templates/mail/`.
    ///
    /// - Throws: `TemplateError` when a file cannot be read, or replaces no built-in template: its name is misspelt then,
    ///   and the mail would go out with other words than were meant.
    package init(folder: String) throws(TemplateError) {
        guard let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
            throw TemplateError(file: folder, message: "the folder cannot be read")
        }
        var files: [String: File] = [:]
        for path in paths.sorted() where path.hasSuffix(".mustache") && !path.contains("/.") && !path.hasPrefix(".") {
            let file = folder + (folder.hasSuffix("/") ? "" : "/") + path
            let known = [path, "mail/" + path].first { EmbeddedFiles.all[$0] != nil }
            guard let known else { throw Self.unknown(path, file: file) }
            guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
            else { throw TemplateError(file: file, message: "it cannot be read, or is not UTF-8") }
            files[known] = File(path: file, text: text)
        }
        self.files = files
    }

    private static func unknown(_ path: String, file: String) -> TemplateError {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let alike = EmbeddedFiles.all.keys.sorted().filter { $0.hasSuffix("/" + name) }
        let choices = alike.isEmpty ? EmbeddedFiles.all.keys.sorted().filter { $0.contains("mail/en/") } : alike
        return TemplateError(
            file: file,
            message: "it replaces no built-in template; those are \(choices.joined(separator: ", "))"
        )
    }
}
