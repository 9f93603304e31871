private import Foundation

/// A value of JSON, its numbers exact.
enum SettingsValue: Decodable {
    case null
    case bool(Bool)
    /// In plain notation.
    case number(String)
    case text(String)
    case list([SettingsValue])
    case object([String: SettingsValue])

    init(json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Decimal.self) {
            self = .number(value.description)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([SettingsValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: SettingsValue].self))
        }
    }

    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var integer: Int? { if case .number(let value) = self { Int(value) } else { nil } }
    /// A number, or a text that may be one.
    var figure: String? { if case .number(let value) = self { value } else { self.text } }

    /// A list of which `read` takes each element.
    func list<Element>(of read: (SettingsValue) -> Element?) -> [Element]? {
        guard case .list(let values) = self else { return nil }
        let elements = values.compactMap(read)
        return elements.count == values.count ? elements : nil
    }
}
