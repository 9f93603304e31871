/// A setting that cannot be used: which, what it says, and what would be right.
package struct SettingsProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the setting, as `LAGO_API_URL`.
    package let key: String
    /// What it was set to; nil when it was not set, and for secrets.
    package let value: String?
    /// What to set instead, as a sentence without its subject.
    package let fix: String

    package init(key: String, value: String?, fix: String) {
        self.key = key
        self.value = value
        self.fix = fix
    }

    package var description: String {
        self.value.map { "\(self.key) is \"\($0)\": \(self.fix)" } ?? "\(self.key): \(self.fix)"
    }
}

/// Everything that is wrong with the settings, so that one start shows it all.
package struct SettingsError: Error, CustomStringConvertible {
    package let problems: [SettingsProblem]

    package init(problems: [SettingsProblem]) {
        self.problems = problems
    }

    package var description: String { self.problems.map(\.description).joined(separator: "\n") }
}
