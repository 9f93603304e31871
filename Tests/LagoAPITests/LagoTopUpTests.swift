import Foundation
import LagoAPI
import Money
import TestSupport
import Testing
import Transport

/// Buying credits: what is sent, and what is known after a failure.
@Suite struct LagoTopUpTests {
    private static let input = LagoTopUpInput(
        walletID: "w",
        paidCredits: FixedDecimal(units: 5_050_000),
        metadata: [("sluice_id", "x"), ("sluice_origin", "automatic")]
    )
    private static let made = #"""
        {"wallet_transactions":[{"lago_id":"t","lago_wallet_id":"w","status":"pending","transaction_status":"purchased",
        "transaction_type":"inbound","amount":"50.5","credit_amount":"50.5","created_at":"2026-03-02T09:20:00Z",
        "metadata":[{"key":"sluice_id","value":"x"}]}]}
        """#

    @Test func `credits are text, and metadata a list of pairs`() async throws {
        let bodies = Record<[UInt8]>()
        try await withLago { request in
            bodies.add(request.body)
            return (200, [], Self.made)
        } during: { lago in
            let transaction = try await lago.createWalletTransaction(Self.input)
            #expect(transaction.id == "t" && transaction.metadata == ["sluice_id": "x"])
        }
        let json = try JSONSerialization.jsonObject(with: Data(try #require(bodies.all.first))) as? NSDictionary
        let expected: NSDictionary = [
            "wallet_transaction": [
                "wallet_id": "w", "paid_credits": "50.5",
                "metadata": [["key": "sluice_id", "value": "x"], ["key": "sluice_origin", "value": "automatic"]],
            ] as NSDictionary
        ]
        #expect(json == expected)
    }

    @Test(arguments: [
        (400, "{}", LagoError.Effect.refused), (401, "{}", .refused), (403, "{}", .refused),
        (404, #"{"code":"wallet_not_found"}"#, .refused), (404, "<html>", .refused),
        (405, #"{"code":"x"}"#, .refused), (405, "<html>", .refused), (408, "{}", .unknown), (409, "{}", .unknown),
        (413, "", .refused), (414, "", .refused), (431, "", .refused),
        (422, #"{"code":"validation_errors","error_details":{}}"#, .refused),
        (422, #"{"code":"lock_acquisition_failed"}"#, .unknown),
        (425, "{}", .unknown), (429, "{}", .unknown), (500, "{}", .unknown), (502, "", .unknown), (504, "", .unknown),
        (301, "", .unknown), (200, "", .unknown), (200, "{", .unknown), (200, #"{"wallet_transactions":[]}"#, .unknown),
    ])
    func `an answer says whether anything was changed`(
        status: Int,
        body: String,
        effect: LagoError.Effect
    ) async throws {
        try await withLago { _ in
            (status, [], body)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.createWalletTransaction(Self.input) }
            #expect(error?.effect == effect, "\(error as Any)")
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"wallet_"])
    func `a connection that ends before the answer does leaves a doubt, and nothing is sent twice`(
        start: String
    ) async throws {
        let requests = Record<String>()
        try await withPeer { connection in
            while let request = try await connection.readRequest() {
                requests.add(request.method)
                // The connection was good for a read before.
                guard request.method == "POST" else {
                    try await connection.respond(body: Array(#"{"organization":{"lago_id":"o","name":"n"}}"#.utf8))
                    continue
                }
                if !start.isEmpty { try await connection.write(start) }
                return
            }
        } during: { lago in
            _ = try await lago.organization()
            let error = await #expect(throws: LagoError.self) { try await lago.createWalletTransaction(Self.input) }
            #expect(error?.effect == .unknown, "\(error as Any)")
        }
        #expect(requests.all == ["GET", "POST"])
    }

    @Test func `an answer that does not come in time leaves a doubt`() async throws {
        try await withPeer(deadline: .milliseconds(300)) { connection in
            try await connection.readToEnd()
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.createWalletTransaction(Self.input) }
            #expect(error?.effect == .unknown, "\(error as Any)")
        }
    }

    @Test func `where nobody listens nothing was sent`() async throws {
        var closed: LagoClient?
        try await withPeer { _ in
        } during: {
            closed = $0
        }
        let lago = try #require(closed)
        let error = await #expect(throws: LagoError.self) { try await lago.createWalletTransaction(Self.input) }
        #expect(error?.effect == LagoError.Effect.none, "\(error as Any)")
    }

    @Test func `a turn that comes too late is let pass`() async throws {
        let requests = Record<String>()
        try await withLago { request in
            requests.add(request.method)
            return (200, [], Self.made)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) {
                try await lago.createWalletTransaction(Self.input, notAfter: .now - .milliseconds(1))
            }
            #expect(error?.effect == LagoError.Effect.none)
            _ = try await lago.createWalletTransaction(Self.input, notAfter: .now + .seconds(60))
        }
        #expect(requests.count == 1)
    }
}
