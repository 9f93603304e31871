import Foundation
import LagoAPI
import TestSupport
import Testing
import Transport

/// From an invoice to its PDF, wherever it is kept.
@Suite struct InvoiceFileTests {
    private static let pdf = "%PDF-1.4\nanything"

    private static func invoice(number: String = "ACM-7C11-042-007", file: String?) -> String {
        let url = file.map { "\"\($0)\"" } ?? "null"
        return #"""
            {"invoice":{"lago_id":"i","number":"\#(number)","status":"finalized","file_url":\#(url)}}
            """#
    }

    @Test func `a file is read where Lago is known here, through its redirect, and without the key`() async throws {
        let asked = Record<String>()
        try await withLago { request in
            let authorization = request.header("Authorization") == nil ? "open" : "key"
            asked.add("\(request.method) \(request.target) \(authorization)")
            switch request.target {
            case "/api/v1/invoices/i/download":
                return (
                    200, [], Self.invoice(file: "http://localhost:3000/rails/active_storage/blobs/redirect/s/x.pdf")
                )
            case "/rails/active_storage/blobs/redirect/s/x.pdf": return (302, [("Location", "/disk/x.pdf")], "")
            default: return (200, [("Content-Type", "application/pdf")], Self.pdf)
            }
        } during: { lago in
            guard case .ready(let name, let bytes) = try await lago.invoiceFile(id: "i", upTo: 100) else {
                Issue.record("there is no file")
                return
            }
            #expect(name == "ACM-7C11-042-007.pdf" && bytes == Array(Self.pdf.utf8))
        }
        #expect(
            asked.all == [
                "POST /api/v1/invoices/i/download key", "GET /rails/active_storage/blobs/redirect/s/x.pdf open",
                "GET /disk/x.pdf open",
            ]
        )
    }

    @Test(arguments: ["", InvoiceFileTests.invoice(file: nil)])
    func `a file that Lago is making is not there yet`(answer: String) async throws {
        try await withLago { _ in
            (200, [], answer)
        } during: { lago in
            guard case .notYet = try await lago.invoiceFile(id: "i", upTo: 100) else {
                Issue.record("there is one")
                return
            }
        }
    }

    @Test func `a voided invoice has none, and one that is too large is said to be`() async throws {
        try await withLago { _ in
            (404, [], #"{"code":"invoice_not_found"}"#)
        } during: { lago in
            guard case .never = try await lago.invoiceFile(id: "i", upTo: 100) else {
                Issue.record("there is one")
                return
            }
        }
        try await withLago { request in
            request.method == "POST" ? (200, [], Self.invoice(file: "/rails/active_storage/x")) : (200, [], Self.pdf)
        } during: { lago in
            guard case .tooLarge = try await lago.invoiceFile(id: "i", upTo: 10) else {
                Issue.record("it is small")
                return
            }
        }
    }

    @Test(
        arguments: [
            (200, [], "<html>not a file</html>"), (404, [], ""), (500, [], ""), (302, [], ""),
            (302, [("Location", "/rails/active_storage/x")], ""), (302, [("Location", "file:///etc/passwd")], ""),
        ] as [(Int, [(String, String)], String)]
    )
    func `what is no file is an error, never a file`(status: Int, headers: [(String, String)], body: String)
        async throws
    {
        try await withLago { request in
            request.method == "POST"
                ? (200, [], Self.invoice(file: "/rails/active_storage/x")) : (status, headers, body)
        } during: { lago in
            await #expect(throws: LagoError.self) { _ = try await lago.invoiceFile(id: "i", upTo: 100) }
        }
    }

    @Test func `a number with odd characters makes a plain name`() async throws {
        try await withLago { request in
            let invoice = Self.invoice(number: "A/1\\\"\\u00e9..", file: "/rails/active_storage/x")
            return request.method == "POST" ? (200, [], invoice) : (200, [], Self.pdf)
        } during: { lago in
            guard case .ready(let name, _) = try await lago.invoiceFile(id: "i", upTo: 100) else {
                Issue.record("there is no file")
                return
            }
            #expect(name == "A-1--...pdf")
        }
    }

    @Test func `a link to pay by, and the payments of an invoice`() async throws {
        let asked = Record<String>()
        try await withLago { request in
            asked.add("\(request.method) \(request.target)")
            guard request.method == "POST" else {
                let payment = #"{"lago_id":"p","status":"requires_action","created_at":"2026-08-01T07:30:12Z"}"#
                return (200, [], LagoStub.page("payments", [payment]))
            }
            return (200, [], #"{"wallet_transaction_payment_details":{"payment_url":"https://pay.example/1"}}"#)
        } during: { lago in
            #expect(try await lago.transactionPaymentURL(id: "t") == "https://pay.example/1")
            let payments = try await lago.payments(invoiceID: "i")
            #expect(payments.map(\.id) == ["p"] && payments.first?.status == "requires_action")
        }
        #expect(asked.all.first == "POST /api/v1/wallet_transactions/t/payment_url")
        #expect(asked.all.last == "GET /api/v1/payments?invoice_id=i&page=1&per_page=100")
        try await withLago { _ in
            let codes = #"{"base":["wallet_transaction_has_no_attached_invoice"]}"#
            return (422, [], #"{"code":"validation_errors","error_details":\#(codes)}"#)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.transactionPaymentURL(id: "t") }
            #expect(error?.codes == ["wallet_transaction_has_no_attached_invoice"])
        }
    }

    @Test(arguments: [
        "", "javascript:alert(1)", "pay.example/1", #"https://pay.example/\r\nBcc: eve@evil.test"#,
        #"https://pay.example/\" onclick=\"x"#, "https://pay.example/<b>", "https://pay.example/a b",
        #"https://pay.example/\u202E"#,
    ])
    func `what is no link is not given to anybody to pay by`(url: String) async throws {
        try await withLago { _ in
            (200, [], #"{"invoice_payment_details":{"payment_url":"\#(url)"}}"#)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.invoicePaymentURL(id: "i") }
            #expect(error?.label == "unreadable")
        }
    }
}
