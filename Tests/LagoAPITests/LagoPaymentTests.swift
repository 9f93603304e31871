import LagoAPI
import Money
import TestSupport
import Testing

/// Payment links, retries, and the payments of an invoice.
@Suite struct LagoPaymentTests {
    private static func refusal(_ codes: String) -> String {
        #"{"status":422,"error":"Unprocessable Entity","code":"validation_errors","error_details":{"base":[\#(codes)]}}"#
    }

    @Test func `a payment link is asked for by invoice and by transaction`() async throws {
        let paths = Record<String>()
        try await withLago { request in
            paths.add("\(request.method) \(request.target)")
            let kind = request.target.contains("invoices") ? "invoice" : "wallet_transaction"
            return (200, [], #"{"\#(kind)_payment_details":{"payment_url":"https://pay.example/c/\#(kind)"}}"#)
        } during: { lago in
            let urls = [try await lago.invoicePaymentURL(id: "i"), try await lago.transactionPaymentURL(id: "t")]
            #expect(urls == ["https://pay.example/c/invoice", "https://pay.example/c/wallet_transaction"])
            await #expect(throws: LagoError.notFound(code: nil)) { try await lago.invoicePaymentURL(id: "") }
        }
        #expect(
            paths.all == ["POST /api/v1/invoices/i/payment_url", "POST /api/v1/wallet_transactions/t/payment_url"]
        )
    }

    @Test(arguments: ["javascript:alert(1)", "", "pay.example"])
    func `what is no web address is no payment link`(url: String) async throws {
        try await withLago { _ in
            (200, [], #"{"invoice_payment_details":{"payment_url":"\#(url)"}}"#)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.invoicePaymentURL(id: "i") }
            #expect(error?.label == "unreadable")
        }
    }

    @Test(arguments: LagoPaymentLinkRefusal.allCases)
    func `the reason for no payment link can be read`(refusal: LagoPaymentLinkRefusal) async throws {
        try await withLago { _ in
            (422, [], Self.refusal(#""odd","\#(refusal.rawValue)""#))
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.transactionPaymentURL(id: "t") }
            #expect(error?.paymentLinkRefusal == refusal)
            #expect(error?.codes == ["validation_errors", "odd", refusal.rawValue])
        }
    }

    @Test func `a provider's refusal has a code of its own`() async throws {
        try await withLago { _ in
            let details = #""error_details":{"third_party":"stripe","thirdparty_error":"Amount too small"}"#
            return (422, [], #"{"status":422,"code":"third_party_error",\#(details)}"#)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.invoicePaymentURL(id: "i") }
            #expect(error?.paymentLinkRefusal == .providerRefused)
        }
        #expect(LagoError.unauthorized.paymentLinkRefusal == nil)
        #expect(LagoError.validation(code: "validation_errors", details: [:]).paymentLinkRefusal == nil)
        #expect(LagoPaymentLinkRefusal.notInvoicedYet.passes && !LagoPaymentLinkRefusal.noProvider.passes)
    }

    @Test(arguments: ["invalid_status", "payment_processor_is_currently_handling_payment"])
    func `a retry that the invoice's state does not allow says why`(code: String) async throws {
        try await withLago { request in
            #expect(request.target == "/api/v1/invoices/i/retry_payment")
            return (405, [], #"{"status":405,"error":"Method Not Allowed","code":"\#(code)"}"#)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.retryPayment(invoiceID: "i") }
            #expect(error == .conflict(code: code) && error?.codes == [code] && error?.effect == .refused)
        }
    }

    @Test func `a link is asked for on a connection of its own`() async throws {
        let connections = Record<Int>()
        try await withLago { request in
            connections.add(request.connection)
            guard request.method == "POST" else { return (200, [], LagoStub.page("payments", [])) }
            return (200, [], #"{"invoice_payment_details":{"payment_url":"https://pay.example"}}"#)
        } during: { lago in
            _ = try await lago.payments(invoiceID: "i")
            _ = try await lago.invoicePaymentURL(id: "i")
            _ = try await lago.payments(invoiceID: "i")
        }
        let numbers = connections.all
        #expect(numbers.count == 3 && numbers[1] != numbers[0] && numbers[2] == numbers[0])
    }

    @Test func `an invoice's payments are read, and no others'`() async throws {
        func payment(_ id: String, _ status: String, invoice: String, action: String = "{}") -> String {
            #"""
            {"lago_id":"\#(id)","external_customer_id":"c","invoice_ids":["\#(invoice)"],"amount_cents":5000,
            "amount_currency":"EUR","status":"\#(status)","payment_status":"processing","next_action":\#(action),
            "created_at":"2026-08-01T07:30:12Z"}
            """#
        }
        let action = #"{"type":"redirect_to_url","redirect_to_url":{"url":"https://3ds.example","return_url":null}}"#
        let page = LagoStub.page(
            "payments",
            [
                payment("a", "requires_action", invoice: "i", action: action),
                payment("b", "failed", invoice: "i", action: "[]"), payment("c", "succeeded", invoice: "j"),
            ]
        )
        try await withLago { request in
            #expect(request.target.hasPrefix("/api/v1/payments?invoice_id=i&page=1"))
            return (200, [], page)
        } during: { lago in
            let payments = try await lago.payments(invoiceID: "i")
            #expect(payments.map(\.id) == ["a", "b"])
            #expect(payments.map(\.actionURL) == ["https://3ds.example", nil])
            let first = try #require(payments.first)
            #expect(first.amount.description == "50.00 EUR" && first.createdAt == 1_785_569_412_000)
            #expect(first.status == "requires_action" && first.paymentStatus == "processing")
            let again = try LagoPayment(json: first.json)
            #expect(again == first)
        }
    }
}
