private import Foundation
import Transport

extension LagoError {
    /// Reads Lago's word on a request that it did not carry out; nil for 200 to 299.
    init?(_ response: TransferResponse) {
        let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
        let code = body?.code.flatMap(Self.code)
        switch response.status {
        case 200..<300: return nil
        case 400: self = .badRequest
        case 401: self = .unauthorized
        case 403: self = .forbidden(code: code)
        case 404 where code == "resource_not_found": self = .noRoute
        case 404 where code != nil: self = .notFound(code: code)
        case 405 where code != nil: self = .conflict(code: code)
        case 422: self = .validation(code: code, details: body?.details?.flattened() ?? [:])
        case 429: self = .rateLimited(resetSeconds: Self.resetSeconds(of: response))
        case 500...: self = .server(status: response.status)
        default: self = .unexpected(status: response.status)
        }
    }

    private static func resetSeconds(of response: TransferResponse) -> Double? {
        let text = response.header("x-ratelimit-reset") ?? response.header("Retry-After")
        return text.flatMap { Double($0) }.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }

    /// A code is one short word; what else a foreign server may put there is not passed on.
    private static func code(_ text: String) -> String? {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let isWord = text.utf8.allSatisfy { letters.contains($0) || "_0123456789".utf8.contains($0) }
        return isWord && text.utf8.count <= 64 ? text : nil
    }

    private struct Body: Decodable {
        let code: String?
        let details: Details?

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            // An odd field hides itself, not the others.
            self.code = try? fields.decode(String.self, forKey: .code)
            self.details = try? fields.decode(Details.self, forKey: .details)
        }

        private enum CodingKeys: String, CodingKey {
            case code
            case details = "error_details"
        }
    }

    /// `error_details`: an object of lists of texts, nested for batches, or a plain text.
    private indirect enum Details: Decodable {
        case text(String)
        case list([Details])
        case fields([String: Details])
        case other

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                self = .text(text)
            } else if let list = try? value.decode([Details].self) {
                self = .list(list)
            } else if let fields = try? value.decode([String: Details].self) {
                self = .fields(fields)
            } else {
                self = .other
            }
        }

        func flattened(under name: String = "") -> [String: [String]] {
            switch self {
            case .text(let text): [name.isEmpty ? "base" : name: [String(text.prefix(200))]]
            case .list(let list): list.reduce(into: [:]) { $0.merge($1.flattened(under: name), uniquingKeysWith: +) }
            case .fields(let fields):
                fields.reduce(into: [:]) { result, field in
                    let path = name.isEmpty ? field.key : "\(name).\(field.key)"
                    result.merge(field.value.flattened(under: path), uniquingKeysWith: +)
                }
            case .other: [:]
            }
        }
    }
}
