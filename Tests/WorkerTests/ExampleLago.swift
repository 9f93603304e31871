import Foundation
import LagoAPI
import Settings
import TestSupport
import Testing
import Transport

/// A Lago that has what the examples of its webhooks show: each example with objects and a customer of its own, so that
/// none of them contradicts another.
struct ExampleLago: Sendable {
    struct Example: Sendable {
        /// As the file calls it, or a variant of ours.
        let name: String
        let type: String
        let body: [UInt8]
        let customer: String
    }

    private typealias Object = [String: Any]

    let examples: [Example]
    /// The objects as JSON, by the path of Lago's API that gives them.
    private let answers: [String: String]

    static let pdf = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"

    /// - Parameter variants: further examples: a name, the one that each is made from, and what to change in its object.
    init(variants: [(name: String, of: String, changes: [String: any Sendable])] = []) throws {
        let file = URL(filePath: #filePath).appending(path: "../../../../shared/lago-webhook-examples.json")
        let text = try Data(contentsOf: file.standardizedFileURL)
        let file0 = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Object])
        var bodies = file0.sorted { $0.key < $1.key }.map { (name: $0.key, body: $0.value) }
        for variant in variants {
            var body = try #require(file0[variant.of])
            let member = try #require(body["object_type"] as? String)
            body[member] = (body[member] as? Object)?.merging(variant.changes) { $1 }
            bodies.append((variant.name, body))
        }
        var (examples, answers): ([Example], [String: String]) = ([], [:])
        for (number, example) in bodies.enumerated() {
            for other in Self.pool.compactMap({ file0[$0] }) + [example.body] {
                for (path, json) in try Self.answers(for: other) {
                    answers[Self.own(path, number)] = Self.own(json, number)
                }
            }
            let body = Self.own(try Self.text(example.body), number)
            examples.append(
                Example(
                    name: example.name,
                    type: try #require(example.body["webhook_type"] as? String),
                    body: Array(body.utf8),
                    customer: "cust_\(number)"
                )
            )
        }
        (self.examples, self.answers) = (examples, answers)
    }

    /// The examples whose objects others refer to.
    private static let pool = [
        "customer.created", "invoice.paid_credit_added", "invoice.created", "subscription.started", "wallet.updated",
        "credit_note.created",
    ]

    /// The same text with ids and names of its own.
    private static func own(_ text: String, _ number: Int) -> String {
        let mark = String(format: "%04x", 0xa000 + number)
        let ids = /[0-9a-f]{4}([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/
        return text.replacing(ids) { "\(mark)\($0.output.1)" }
            .replacingOccurrences(of: "cust_042", with: "cust_\(number)")
            .replacingOccurrences(of: "billing@borealis", with: "billing-\(number)@borealis")
            .replacingOccurrences(of: ",cfo@borealis.example", with: "")
    }

    private static func text(_ object: Any) throws -> String {
        let options: JSONSerialization.WritingOptions = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try JSONSerialization.data(withJSONObject: object, options: options), as: UTF8.self)
    }

    private static func answers(for webhook: Object) throws -> [(path: String, json: String)] {
        guard let type = webhook["object_type"] as? String, let object = webhook[type] as? Object else { return [] }
        let id = object["lago_id"] as? String ?? ""
        func answer(_ path: String, _ member: String, _ object: Object) throws -> (String, String) {
            (path, try self.text([member: object]))
        }
        switch type {
        case "customer": return [try answer("/customers/cust_042", "customer", object)]
        case "invoice": return [try answer("/invoices/\(id)", type, object)]
        case "wallet": return [try answer("/wallets/\(id)", type, object)]
        case "credit_note": return [try answer("/credit_notes/\(id)", type, object)]
        case "subscription":
            let active = object["status"] as? String == "active" ? [object] : []
            let list = try self.text(["subscriptions": active, "meta": ["current_page": 1, "next_page": NSNull()]])
            return [("/subscriptions?external_customer_id=cust_042", list)]
        default: return []
        }
    }

    // MARK: - Over HTTP

    func running(_ body: (LagoClient) async throws -> Void) async throws {
        let engine = try TransferEngine()
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                let (status, text) = self.answer(request)
                try await connection.respond(status, body: Array(text.utf8))
            }
        } during: { peer in
            try await body(
                LagoClient(
                    address: try #require(LagoAddress("http://127.0.0.1:\(peer.port)")),
                    key: "key",
                    engine: engine,
                    limiter: RateLimiter(requestsPerSecond: 1000),
                    logger: quietLogger
                )
            )
        }
        await engine.shutdown()
    }

    private func answer(_ request: ReceivedRequest) -> (Int, String) {
        let target = request.target.replacingOccurrences(of: "/api/v1", with: "")
        if target.hasPrefix("/rails/") { return (200, Self.pdf) }
        let parts = target.split(separator: "/").map(String.init)
        if request.method == "POST", let last = parts.last, parts.count == 3 {
            let id = parts[1]
            switch last {
            case "download": return self.download("/\(parts[0])/\(id)", id: id)
            case "payment_url":
                let member = parts[0] == "invoices" ? "invoice_payment" : "wallet_transaction_payment"
                return (200, #"{"\#(member)_details":{"payment_url":"https://pay.example/\#(id)"}}"#)
            default: break
            }
        }
        if target.hasPrefix("/payments?invoice_id="), let id = target.split(separator: "=").dropFirst().first {
            let payment = #"{"lago_id":"p-\#(id.prefix(36))","status":"failed","payment_status":"failed","#
            return (200, #"{"payments":[\#(payment)"created_at":"2026-08-01T07:30:12Z"}],"meta":{"next_page":null}}"#)
        }
        let key = target.split(separator: "&").first.map(String.init) ?? target
        return self.answers[key].map { (200, $0) } ?? (404, #"{"status":404,"error":"Not Found","code":"not_found"}"#)
    }

    private func download(_ path: String, id: String) -> (Int, String) {
        guard let object = self.answers[path], !object.contains(#""status":"voided""#),
            !object.contains(#""status":"draft""#)
        else { return (404, #"{"status":404,"error":"Not Found","code":"not_found"}"#) }
        let member = path.hasPrefix("/invoices") ? "invoice" : "credit_note"
        let url = "http://localhost:3000/rails/active_storage/blobs/redirect/\(id)/a.pdf"
        return (200, #"{"\#(member)":{"number":"N-1","file_url":"\#(url)"}}"#)
    }
}
