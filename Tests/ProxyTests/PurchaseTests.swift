import Foundation
import HTTPTypes
import LagoAPI
import Proxy
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct PurchaseTests {
    @Test func `whoever is not there is made on the way, with a wallet at the operator's price`() async throws {
        try await PurchaseWorld.running({ $0.customers = [] }) { world in
            let answer = try await world.buy(
                """
                {"external_customer_id":"new.one","paid_credits":"12.50","currency":"USD","name":"Prepaid",
                 "customer":{"name":"Ada","email":"ada@example.test"}}
                """
            )
            #expect(answer.status == 200, "\(answer.text)")
            let object = try answer.object
            let wallet = try #require(object["wallet"] as? [String: Any])
            #expect(wallet["rate_amount"] as? String == "0.5" && wallet["code"] as? String == "sluice_usd")
            #expect(wallet["name"] as? String == "Prepaid" && wallet["currency"] as? String == "USD")
            let transaction = try #require(object["wallet_transaction"] as? [String: Any])
            #expect(transaction["credit_amount"] as? String == "12.5" && transaction["amount"] as? String == "6.25")
            #expect(transaction["transaction_status"] as? String == "purchased")
            let shown = try await world.api.call("GET", "/customers?external_id=new.one")
            let customer = try #require(try shown.object["customer"] as? [String: Any])
            #expect(customer["name"] as? String == "Ada" && customer["email"] as? String == "ada@example.test")
            #expect(try await world.store.topUps(limit: 9).map(\.origin) == ["purchase"])
            #expect(world.sandbox.purchases.map(\.metadata["sluice_origin"]) == ["purchase"])
        }
    }

    @Test func `a customer with a wallet buys for that one, and nothing is made`() async throws {
        try await PurchaseWorld.running({ $0.customers = [Self.ada] }) { world in
            let wallet = try world.wallet(of: "c")
            let answer = try await world.buy(#"{"wallet":{"external_customer_id":"c","paid_credits":10}}"#)
            #expect((try answer.object["wallet"] as? [String: Any])?["lago_id"] as? String == wallet)
            let link = try #require(try answer.object["payment_url"] as? String)
            #expect(URL(string: link)?.scheme?.hasPrefix("http") == true)
            let more = try await world.topUp(#"{"wallet_id":"\#(wallet)","paid_credits":"0.00001e6"}"#)
            #expect(more.status == 422)
            let last = try await world.topUp(#"{"wallet_transaction":{"wallet_id":"\#(wallet)","paid_credits":"7"}}"#)
            #expect(last.status == 200 && world.sandbox.wallets(of: "c").count == 1)
            #expect(Set(try last.object.keys) == ["wallet_transaction", "payment_url"])
            #expect(world.sandbox.purchases.map(\.credits.description).sorted() == ["10.0", "7.0"])
        }
    }

    private static let ada = SandboxConfiguration.SeedCustomer(externalID: "c", name: "Ada", email: "ada@example.test")
    private static let eve = SandboxConfiguration.SeedCustomer(externalID: "eve", name: "Eve", email: nil)

    @Test func `who pays by hand has no page to pay at, and waits for none`() async throws {
        let byHand = SandboxConfiguration.SeedCustomer(externalID: "c", name: "A", email: nil, paymentProvider: nil)
        try await PurchaseWorld.running({ $0.customers = [byHand] }) { world in
            let answer = try await world.buy(#"{"external_customer_id":"c","paid_credits":"5","currency":"EUR"}"#)
            let page = try answer.object["payment_url"]
            #expect(answer.status == 200 && page is NSNull)
        }
    }

    @Test(arguments: [
        (#"{"external_customer_id":"c"}"#, "paid_credits"), (#"{"paid_credits":"0","currency":"EUR"}"#, "paid_credits"),
        (#"{"paid_credits":"-5"}"#, "paid_credits"), (#"{"paid_credits":"1000.00001"}"#, "paid_credits"),
        (#"{"paid_credits":"0.000001"}"#, "paid_credits"), (#"{"paid_credits":"0.001"}"#, "paid_credits"),
        (#"{"paid_credits":"5","granted_credits":"5"}"#, "granted_credits"),
        (#"{"paid_credits":"5","rate_amount":"0.01"}"#, "rate_amount"), (#"{"paid_credits":"5","code":"x"}"#, "code"),
        (#"{"paid_credits":"5","applies_to":{}}"#, "applies_to"), (#"{"paid_credits":"5","metadata":{}}"#, "metadata"),
        (#"{"paid_credits":"5","transaction_name":"gift"}"#, "transaction_name"),
        (#"{"paid_credits":"5","currency":"eur"}"#, "currency"),
        (#"{"paid_credits":"5","currency":"CHF"}"#, "currency"),
        (#"{"paid_credits":"5","customer":{"email":"x@example.test"}}"#, "customer.email"),
        (#"{"paid_credits":"5","customer":{"tax_codes":[]}}"#, "customer.tax_codes"),
        (#"{"paid_credits":"5","customer":{"external_id":"eve"}}"#, "customer.external_id"),
    ])
    func `a customer gets no gift, no price and no other's name`(json: String, field: String) async throws {
        try await PurchaseWorld.running({ $0.customers = [Self.ada, Self.eve] }) { world in
            let error = await #expect(throws: APIFailure.self) {
                _ = try await world.ask(.post, "/wallets", as: "c", json: json)
            }
            #expect(error?.status == .unprocessableContent && error.map { Array($0.details.keys) } == [field])
            #expect(world.sandbox.purchases.isEmpty)
            #expect(world.sandbox.wallets(of: "c").count == 1)
        }
    }

    @Test func `another's wallet is as if it were not there`() async throws {
        try await PurchaseWorld.running({ $0.customers = [Self.ada, Self.eve] }) { world in
            let wallet = try world.wallet(of: "eve")
            let attempts: [(HTTPRequest.Method, String, String, [String: String])] = [
                (.patch, "/wallets", #"{"wallet_id":"\#(wallet)","paid_credits":"5"}"#, [:]),
                (.patch, "/wallets", #"{"wallet_id":"\#(UUID().uuidString.lowercased())","paid_credits":"5"}"#, [:]),
                (.get, "/wallets/{id}/transactions", "", ["id": wallet]),
                (.get, "/wallets/{id}/transactions", "", ["id": UUID().uuidString.lowercased()]),
            ]
            var codes: [String?] = []
            for (method, path, json, parameters) in attempts {
                do {
                    _ = try await world.ask(method, path, as: "c", json: json, parameters: parameters)
                } catch let error as APIFailure {
                    codes.append(error.status == .notFound ? error.code : nil)
                } catch let error as LagoError {
                    codes.append(APIFailure(error).status == .notFound ? APIFailure(error).code : nil)
                }
            }
            #expect(codes == ["wallet_not_found", "wallet_not_found", "wallet_not_found", "wallet_not_found"])
            let error = await #expect(throws: APIFailure.self) {
                let json = #"{"external_customer_id":"eve","paid_credits":"5"}"#
                _ = try await world.ask(.post, "/wallets", as: "c", json: json)
            }
            #expect(error?.status == .notFound && world.sandbox.purchases.isEmpty)
            let own = ["id": try world.wallet(of: "c")]
            #expect(try await world.ask(.get, "/wallets/{id}/transactions", as: "c", parameters: own).status == .ok)
        }
    }

    @Test func `a server key says more: a price, another wallet, a gift that goes along`() async throws {
        try await PurchaseWorld.running({ $0.customers = [Self.ada] }) { world in
            let answer = try await world.buy(
                """
                {"external_customer_id":"c","currency":"EUR","paid_credits":"100","granted_credits":"10","code":"seats",
                 "rate_amount":"0.25","priority":3,"transaction_name":"Pack","transaction_priority":7}
                """
            )
            #expect(answer.status == 200, "\(answer.text)")
            let wallet = try #require(try answer.object["wallet"] as? [String: Any])
            #expect(wallet["code"] as? String == "seats" && wallet["rate_amount"] as? String == "0.25")
            #expect(wallet["priority"] as? Int == 3)
            let id = try #require(wallet["lago_id"] as? String)
            let listed = try await world.api.call("GET", "/wallets/\(id)/transactions?per_page=5")
            let all = try #require(try listed.object["wallet_transactions"] as? [[String: Any]])
            #expect(Set(all.compactMap { $0["transaction_status"] as? String }) == ["purchased", "granted"])
            #expect(Set(all.compactMap { $0["name"] as? String }) == ["Pack"])
            let again = try await world.buy(
                #"{"external_customer_id":"c","currency":"EUR","paid_credits":"1","code":"seats","rate_amount":"0.3"}"#
            )
            #expect(again.status == 422 && again.text.contains("differs_from_wallet"))
            let empty = try await world.buy(
                #"{"external_customer_id":"c","currency":"EUR","code":"later","rate_amount":1}"#
            )
            let nothing = try empty.object["wallet_transaction"]
            #expect(empty.status == 200 && nothing is NSNull)
            for wrong in [#""priority":51"#, #""granted_credits":"5""#, #""applies_to":{"fee_types":["charge"]}"#] {
                let refused = try await world.buy(#"{"external_customer_id":"c",\#(wrong)}"#)
                #expect(refused.status == 422, "\(wrong)")
            }
        }
    }

    @Test func `what Lago refuses is said in its words, and is not asked for again under the same key`() async throws {
        try await PurchaseWorld.running({ $0.customers = [Self.ada] }) { world in
            let wallet = try world.wallet(of: "c")
            try await world.limitPurchases(ofWallet: wallet, to: 1000)
            let json = #"{"wallet_id":"\#(wallet)","paid_credits":"11"}"#
            let first = try await world.topUp(json, key: "k")
            #expect(first.status == 422 && first.text.contains(#""paid_credits":["amount_above_maximum"]"#))
            let again = try await world.topUp(json, key: "k")
            #expect(again.body == first.body && again.header("Idempotent-Replayed") == "true")
            try await world.limitPurchases(ofWallet: wallet, to: 2000)
            // Without a key it is a new wish.
            #expect(try await world.topUp(json).status == 200)
        }
    }

    @Test func `a purchase that Lago is slow about is pending, and its repetition goes on with it`() async throws {
        try await PurchaseWorld.running({ $0.customers = [Self.ada] }, patience: .milliseconds(300)) { world in
            for key in [nil, "k"] {
                let gate = Gate()
                world.sandbox.onRequest = { request in
                    if request.isPurchase(.beforeEffect) { await gate.wait() }
                    return .goOn
                }
                let json = #"{"external_customer_id":"c","paid_credits":"\#(key == nil ? 5 : 6)"}"#
                let first = try await world.buy(json, key: key)
                #expect(first.status == 504 && first.text.contains("purchase_pending"))
                #expect(first.header("Retry-After") == "5")
                gate.open()
                let isBought = try await eventually { try await world.buy(json, key: key).status == 200 }
                #expect(isBought)
            }
            #expect(world.sandbox.purchases.count == 2)
        }
    }

    @Test func `a key that Lago does not take is the operator's trouble, said at once`() async throws {
        try await PurchaseWorld.running({ $0.customers = [Self.ada] }) { world in
            let isRefused = Mutex(true)
            world.sandbox.onRequest = { request in
                request.isPurchase(.beforeEffect) && isRefused.withLock { $0 } ? .answered(401) : .goOn
            }
            let json = #"{"external_customer_id":"c","paid_credits":"5"}"#
            let refused = try await world.buy(json)
            #expect(refused.status == 502 && refused.text.contains("lago_unauthorized"))
            isRefused.withLock { $0 = false }
            // Nobody waits a quarter of an hour for it.
            #expect(try await eventually { try await world.buy(json).status == 200 })
            #expect(world.sandbox.purchases.count == 1)
        }
    }
}

extension PurchaseWorld {
    /// Sets the most that a purchase for a wallet may cost, in minor units.
    fileprivate func limitPurchases(ofWallet id: String, to cents: Int) async throws {
        let json = #"{"wallet":{"paid_top_up_max_amount_cents":\#(cents)}}"#
        _ = try await self.api.client.raw("PUT", ["wallets", id], json: Array(json.utf8), as: "update_wallet")
    }
}
