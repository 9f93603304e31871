private import Foundation
private import Synchronization

/// The object of a webhook as a text with gaps, from `Embedded/webhooks`.
///
/// In a template, a string that is one `{name}` stands for a value, and a `{name}` inside a longer string for its text.
/// A member `"..."` spreads an object, whose members the following ones overwrite. The names are those of
/// `WebhookScene.value(for:)`, and `{file.x}` for another template, `Embedded/objects/x.json`.
struct WebhookTemplate {
    let json: JSONValue

    private static let parsed = Mutex<[String: JSONValue]>([:])

    /// - Parameter variant: names another template of the same type, as `outbound` of `wallet_transaction.created`.
    init(_ type: LagoWebhook, variant: String? = nil) throws(SandboxError) {
        self.json = try Self.load("webhooks/" + type.rawValue + (variant.map { "." + $0 } ?? ""))
    }

    /// Fills the gaps.
    ///
    /// - Throws: `SandboxError` when the scene lacks what the template asks for.
    func object(in scene: WebhookScene) throws(SandboxError) -> JSONValue {
        try Self.fill(self.json, in: scene)
    }

    private static func load(_ name: String) throws(SandboxError) -> JSONValue {
        if let json = Self.parsed.withLock({ $0[name] }) { return json }
        guard let text = EmbeddedFiles.all[name + ".json"], let json = try? JSONValue(parsing: text.utf8) else {
            throw .unknownTemplate(name)
        }
        Self.parsed.withLock { $0[name] = json }
        return json
    }

    private static func fill(_ json: JSONValue, in scene: WebhookScene) throws(SandboxError) -> JSONValue {
        switch json {
        case .string(let text):
            return try Self.fill(text, in: scene)
        case .array(let elements):
            var filled: [JSONValue] = []
            for element in elements { filled.append(try Self.fill(element, in: scene)) }
            return .array(filled)
        case .object(let object):
            var filled = JSONObject()
            for member in object.members {
                let value = try Self.fill(member.value, in: scene)
                guard member.key == "..." else {
                    filled[member.key] = value
                    continue
                }
                for inner in value.object?.members ?? [] { filled[inner.key] = inner.value }
            }
            return .object(filled)
        case .null, .bool, .number:
            return json
        }
    }

    private static func fill(_ text: String, in scene: WebhookScene) throws(SandboxError) -> JSONValue {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return .string(text) }
        var filled = ""
        var rest = text[...]
        while let match = rest.firstMatch(of: /\{([a-z_]+(?:\.[a-z_]+)?)\}/) {
            let value = try Self.value(for: String(match.output.1), in: scene)
            if match.output.0.count == text.count { return value }
            filled += rest[..<match.range.lowerBound] + (value.string ?? "")
            rest = rest[match.range.upperBound...]
        }
        return .string(filled + rest)
    }

    private static func value(for name: String, in scene: WebhookScene) throws(SandboxError) -> JSONValue {
        guard name.hasPrefix("file.") else { return try scene.value(for: name) }
        return try Self.fill(Self.load("objects/" + name.dropFirst(5)), in: scene)
    }
}
