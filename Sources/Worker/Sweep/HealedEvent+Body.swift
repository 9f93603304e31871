private import Foundation
internal import LagoEvents
private import Signatures
internal import Store
private import Telemetry

extension HealedEvent {
    /// An event like the webhook that was not delivered, and marked: `{"webhook_type", "object_type",
    /// "organization_id", "healed": {"fact", "found_at"}, <object_type>: {…}}`, with the object as it was read.
    ///
    /// - Parameters:
    ///   - object: its name in webhooks, and the JSON object, byte for byte.
    ///   - now: Unix milliseconds.
    init(
        _ fact: Fact,
        shownBy object: (member: String, json: [UInt8]),
        organization: OrganizationID?,
        isTooOld: Bool,
        at now: Int64
    ) throws {
        let outside = Outside(
            webhookType: fact.type.rawValue,
            objectType: object.member,
            organization: organization?.rawValue,
            healed: Outside.Mark(fact: fact.key, foundAt: Timestamp.text(milliseconds: now))
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // The object goes in as it is: read and written again, it would not be what Lago said.
        var body = [UInt8](try encoder.encode(outside).dropLast())
        body += Array(",\"\(object.member)\":".utf8) + object.json + Array("}".utf8)
        self.init(fact: fact, body: body, digest: try SHA256.digest(of: body), isTooOld: isTooOld)
    }

    /// The key of the fact that such a body tells.
    static func fact(of body: [UInt8]) -> String? {
        struct Marked: Decodable {
            struct Mark: Decodable { let fact: String }
            let healed: Mark
        }
        return try? JSONDecoder().decode(Marked.self, from: Data(body)).healed.fact
    }

    private struct Outside: Encodable {
        struct Mark: Encodable {
            let fact: String
            let foundAt: String

            enum CodingKeys: String, CodingKey {
                case fact
                case foundAt = "found_at"
            }
        }

        let webhookType: String
        let objectType: String
        let organization: String?
        let healed: Mark

        enum CodingKeys: String, CodingKey {
            case webhookType = "webhook_type"
            case objectType = "object_type"
            case organization = "organization_id"
            case healed
        }
    }
}
