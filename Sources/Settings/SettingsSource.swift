private import Configuration
private import Foundation
private import Rules
private import SystemPackage

/// Where settings are read from: the environment, then a YAML file of the same flat names, then nothing.
///
/// What cannot be used is noted as a problem and answered with the default, so that all problems come to light at
/// once; whoever builds settings from it asks for `problems` at the end.
package struct SettingsSource {
    private let reader: ConfigReader
    private let unset: Set<String>
    package private(set) var problems: [SettingsProblem] = []

    /// Reads from `environment` and, when a path is given, from the YAML file there.
    ///
    /// - Parameter unset: keys that count as not set, wherever they are.
    /// - Throws: `SettingsError` when the file is missing or is not YAML.
    package init(environment: [String: String], configFile: String? = nil, unset: Set<String> = []) async throws {
        self.unset = unset
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty })
        ]
        if let configFile {
            do {
                let file = try await FileProvider<YAMLSnapshot>(filePath: FilePath(configFile))
                providers.append(
                    KeyMappingProvider(upstream: file) { key in
                        AbsoluteConfigKey([key.components.joined(separator: "_").uppercased()])
                    }
                )
            } catch {
                throw SettingsError(problems: [
                    SettingsProblem(
                        key: "--config",
                        value: configFile,
                        fix: "name a YAML file of settings that can be read (\(error))"
                    )
                ])
            }
        }
        self.reader = ConfigReader(providers: providers)
    }

    /// Notes a problem that was found elsewhere.
    package mutating func note(_ key: String, _ value: String?, _ fix: String) {
        self.problems.append(SettingsProblem(key: key, value: value, fix: fix))
    }

    /// The text of a setting; nil when it is not set.
    package func text(_ key: String) -> String? {
        guard !self.unset.contains(key) else { return nil }
        let configKey = ConfigKey(key.lowercased().split(separator: "_").map(String.init))
        // A YAML file has types of its own: PORT: 8080 is a number there.
        if let text = self.reader.string(forKey: configKey) { return text }
        if let number = self.reader.int(forKey: configKey) { return String(number) }
        if let flag = self.reader.bool(forKey: configKey) { return flag ? "on" : "off" }
        if let number = self.reader.double(forKey: configKey) { return String(number) }
        return self.reader.stringArray(forKey: configKey)?.joined(separator: ",")
    }

    /// A secret: its own value, or the first line of the file that `X_FILE` names.
    package mutating func secret(_ key: String) -> String? {
        if let value = self.text(key) { return value }
        let fileKey = key + "_FILE"
        guard let path = self.text(fileKey) else { return nil }
        guard let contents = try? String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8) else {
            self.note(fileKey, path, "name a file that can be read")
            return nil
        }
        let value = contents.trimmingCharacters(in: .whitespacesAndNewlines)
        if value.isEmpty { self.note(fileKey, path, "the file is empty; put the secret into it") }
        return value.isEmpty ? nil : value
    }

    /// The path of a PEM file of certificates.
    package mutating func certificates(_ key: String) -> String? {
        guard let path = self.text(key) else { return nil }
        let contents = try? Data(contentsOf: URL(fileURLWithPath: path))
        if contents?.range(of: Data("-----BEGIN CERTIFICATE-----".utf8)) == nil {
            self.note(key, path, "name a PEM file with a certificate that can be read")
        }
        return path
    }

    /// An `http` or `https` URL that a browser can open, without user name; slashes at its end are dropped.
    ///
    /// - Parameter gap: a text that may stand in it, to be filled in later.
    package mutating func webAddress(_ key: String, gap: String? = nil) -> String? {
        guard var text = self.text(key) else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        let filled = gap.map { text.replacingOccurrences(of: $0, with: "x") } ?? text
        guard filled.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }),
            let parts = URLComponents(string: filled), ["http", "https"].contains(parts.scheme?.lowercased() ?? ""),
            let host = parts.host, !host.isEmpty, parts.user == nil
        else {
            self.note(
                key,
                text.contains("@") ? nil : text,
                "use an http or https address, as https://billing.example.com"
            )
            return nil
        }
        return text
    }

    /// A whole number within `range`.
    package mutating func int(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = self.text(key) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            self.note(key, text, "use a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return value
    }

    /// A port; nil when it is not set. Port 0 lets the system pick one.
    package mutating func port(_ key: String) -> Int? {
        self.text(key).map { _ in self.int(key, default: 0, in: 0...65_535) }
    }

    /// `on` or `off` (also `true`, `yes`, `1` and their opposites).
    package mutating func flag(_ key: String, default fallback: Bool) -> Bool {
        guard let text = self.text(key) else { return fallback }
        switch text.lowercased() {
        case "on", "true", "yes", "1": return true
        case "off", "false", "no", "0": return false
        default:
            self.note(key, text, "use on or off")
            return fallback
        }
    }

    /// One of a closed set of words.
    package mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        default fallback: Word
    ) -> Word {
        guard let text = self.text(key) else { return fallback }
        guard let word = Word(rawValue: text.lowercased()) else {
            self.note(key, text, "use one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
            return fallback
        }
        return word
    }

    /// A duration as `30s`, `15m`, `1h`, `3d`.
    package mutating func duration(_ key: String, default fallback: Duration, in range: ClosedRange<Duration>)
        -> Duration
    {
        guard let text = self.text(key) else { return fallback }
        guard let value = DurationText.parse(text), range.contains(value) else {
            let bounds = "from \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
            self.note(key, text, "use a duration \(bounds), as 500ms, 30s, 15m, 1h or 3d")
            return fallback
        }
        return value
    }

    /// A comma-separated list, without blanks and empty entries.
    package func list(_ key: String) -> [String] {
        Self.split(self.text(key))
    }

    /// A comma-separated list of secrets.
    package mutating func secretList(_ key: String) -> [String] {
        Self.split(self.secret(key))
    }

    private static func split(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
