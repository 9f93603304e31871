/// What is wrong with a field of a customer's settings.
package struct CustomerSettingsProblem: Hashable, Sendable, CustomStringConvertible {
    /// As `auto_top_up.threshold`; empty for the whole.
    package let field: String
    /// A sentence without its subject, which is the field.
    package let problem: String

    package init(_ field: String, _ problem: String) {
        self.field = field
        self.problem = problem
    }

    package var description: String { "\(self.field.isEmpty ? "settings" : self.field) \(self.problem)" }
}

/// Everything that is wrong with an update, so that one answer shows it all.
package struct CustomerSettingsError: Error, Hashable, CustomStringConvertible {
    package let problems: [CustomerSettingsProblem]

    package init(problems: [CustomerSettingsProblem]) {
        self.problems = problems
    }

    package var description: String { self.problems.map { "\($0)." }.joined(separator: "\n") }
}
