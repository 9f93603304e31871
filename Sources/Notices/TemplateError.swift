/// What is wrong with a template: found when the service starts, so that no mail fails for it later.
package struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the overriding file, or the built-in template's path below `templates`.
    package let file: String
    /// Counted from 1; nil when it is about the file as a whole.
    package let line: Int?
    /// What is wrong, and what would be right.
    package let message: String

    package init(file: String, line: Int? = nil, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    package var description: String {
        "template \(self.file)\(self.line.map { ", line \($0)" } ?? ""): \(self.message)"
    }
}
