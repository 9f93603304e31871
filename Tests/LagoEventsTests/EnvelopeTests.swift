import Foundation
import LagoEvents
import Testing

@Suite struct EnvelopeTests {
    @Test(arguments: [
        ("wallet.updated", "wallet", #"{"external_customer_id":"c"}"#),
        ("customer.created", "customer", #"{"external_id":"c"}"#),
        ("customer.payment_provider_error", "payment_provider_customer_error", #"{"external_customer_id":"c"}"#),
        ("invoice.created", "invoice", #"{"lago_id":"i","customer":{"external_id":"c"}}"#),
        ("wallet_transaction.created", "wallet_transaction", #"{"wallet":{"external_customer_id":"c"}}"#),
        ("payment_receipt.created", "payment_receipt", #"{"payment":{"external_customer_id":"c"}}"#),
        ("invoice.payment_dispute_lost", "payment_dispute_lost", #"{"invoice":{"customer":{"external_id":"c"}}}"#),
        ("subscription.started", "subscription", #"{"external_customer_id":"c","customer":{"external_id":"c"}}"#),
    ])
    func `the customer is found wherever Lago puts it`(type: String, object: String, payload: String) throws {
        let body =
            #"{"webhook_type":"\#(type)","object_type":"\#(object)","organization_id":"o","\#(object)":\#(payload)}"#
        let envelope = try #require(Envelope(body: Array(body.utf8)))
        #expect(envelope.webhookType?.rawValue == type && envelope.organization?.rawValue == "o")
        #expect(envelope.customer?.rawValue == "c")
    }

    @Test(arguments: [
        #"{"webhook_type":"plan.created","object_type":"plan","plan":{"code":"p"}}"#,
        #"{"webhook_type":"fee.created","object_type":"fee","fee":{"external_customer_id":null}}"#,
        #"{"webhook_type":"fee.created","object_type":"fee","fee":{"external_customer_id":7}}"#,
        #"{"webhook_type":"wallet.updated","object_type":"wallet","wallet":[]}"#,
        #"{"webhook_type":"wallet.updated","object_type":"wallet"}"#, #"{"webhook_type":"wallet.updated"}"#,
    ])
    func `what names nobody has no customer`(body: String) throws {
        #expect(try #require(Envelope(body: Array(body.utf8))).customer == nil)
    }

    @Test func `order, space, escapes and names that come twice do not matter`() throws {
        let body = """
             {"wallet" : {"name":"a\\"b}","tags":[1,-2.5e+3,true,null,{"x":[]}], "external_customer_id":"\\u00e9\\n<é>"},
            "organization_id":"first","object_type":"wallet","organization_id":"last","webhook_type":"wallet.updated"}
            """
        let envelope = try #require(Envelope(body: Array(body.utf8)))
        #expect(envelope.customer?.rawValue == "é\n<é>" && envelope.organization?.rawValue == "last")
    }

    @Test(arguments: [
        "", " ", "{", "}", "[]", "1", "\"x\"", "null", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":01}",
        "{\"a\":1.}", "{\"a\":tru}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\n\"}", "{} {}", "{\"a\":[1,]}",
        "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1e}", "\u{FEFF}{}", "{\"a\":\"b",
    ])
    func `what is no JSON object is no envelope`(body: String) {
        #expect(Envelope(body: Array(body.utf8)) == nil)
    }

    @Test func `deep nesting is refused, not followed to the end of the stack`() {
        let deep = "{\"a\":" + String(repeating: "[", count: 4_000_000)
        #expect(Envelope(body: Array(deep.utf8)) == nil)
    }

    /// A skimmed text and a decoded one must never disagree on whose webhook it is.
    @Test func `it agrees with Foundation on thousands of altered bodies`() {
        let body = Array(
            #"{"webhook_type":"wallet.updated","object_type":"wallet","organization_id":"o","wallet":{"n":-1.5e2,"t":true,"external_customer_id":"c\u0041"}}"#
                .utf8
        )
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var altered = body
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                altered[Int.random(in: 0..<altered.count, using: &generator)] = UInt8.random(
                    in: 0x09..<0x7F,
                    using: &generator
                )
            }
            let object = (try? JSONSerialization.jsonObject(with: Data(altered))) as? [String: Any]
            let envelope = Envelope(body: altered)
            #expect((envelope == nil) == (object == nil), "\(String(decoding: altered, as: UTF8.self))")
            guard let envelope, let object else { continue }
            #expect(envelope.organization?.rawValue == object["organization_id"] as? String)
            #expect(envelope.webhookType?.rawValue == object["webhook_type"] as? String)
        }
    }
}
