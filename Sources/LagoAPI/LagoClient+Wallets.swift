extension LagoClient {
    /// Makes a customer, or changes the one of its `external_id`; a call with no other member changes nothing.
    ///
    /// - Parameter json: a JSON object of Lago's members.
    package func saveCustomer(_ json: [UInt8]) async throws -> LagoCustomer {
        let body = try await self.raw(
            "POST",
            ["customers"],
            json: Self.wrapped(json, in: "customer"),
            as: "save_customer"
        )
        return try LagoCustomer(LagoFields(body).object(LagoCustomer.member))
    }

    /// Makes a wallet. Paid and granted credits come into it after the answer, by a job of Lago's.
    ///
    /// - Parameter json: a JSON object of Lago's members.
    /// - Throws: `LagoError.validation`, whose `codes` have `value_already_exist` where an active wallet of the customer's
    ///   has the `code`.
    package func createWallet(_ json: [UInt8]) async throws -> LagoWallet {
        let body = try await self.raw("POST", ["wallets"], json: Self.wrapped(json, in: "wallet"), as: "create_wallet")
        return try LagoWallet(LagoFields(body).object(LagoWallet.member))
    }
}
