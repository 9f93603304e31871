private import Transport

/// Usage: what goes to Lago, and what it adds up to there.
extension LagoClient {
    /// How many events Lago takes at once, unless its operator has set it lower.
    package static var largestUsageBatch: Int { 100 }

    /// Sends usage events, each a JSON object with Lago's members; all are taken or none.
    ///
    /// No two of a batch may have one `transaction_id`, even of different subscriptions.
    ///
    /// - Parameter mayRepeat: whether it may go out twice, even unasked: what Lago has by then, it refuses with
    ///   `value_already_exist`.
    /// - Returns: Lago's answer, as it was received.
    /// - Throws: `LagoError.validation`, whose details begin with the index of the event that they are about: `3.code`.
    @discardableResult
    package func sendUsage(
        _ events: [[UInt8]],
        mayRepeat: Bool,
        notAfter last: ContinuousClock.Instant? = nil
    ) async throws -> [UInt8] {
        let body = Array(#"{"events":["#.utf8) + events.joined(separator: ",".utf8) + "]}".utf8
        var request = self.request("POST", "/events/batch", json: body)
        request.hasEffect = !mayRepeat
        let answer = try await self.send(request, as: "send_usage_batch", notAfter: last).body
        // A proxy's page, or half an answer, does not say that Lago has them.
        _ = try LagoFields(answer).elements("events")
        return answer
    }

    /// Sends one usage event, a JSON object with Lago's members, once.
    ///
    /// - Returns: Lago's answer, as it was received.
    package func sendUsageEvent(
        _ event: [UInt8],
        notAfter last: ContinuousClock.Instant? = nil
    ) async throws -> [UInt8] {
        let request = self.request("POST", "/events", json: Self.wrapped(event, in: "event"))
        let answer = try await self.send(request, as: "send_usage", notAfter: last).body
        _ = try LagoFields(answer).object("event")
        return answer
    }

    /// What a subscription used in its current period: Lago's answer `{"customer_usage":…}`, as it was received.
    ///
    /// - Throws: as `currentUsage` does.
    package func currentUsageAnswer(
        externalCustomerID: String,
        externalSubscriptionID: String
    ) async throws -> [UInt8] {
        let path = "/customers/\(try Query.segment(externalCustomerID))/current_usage"
        let query = Query.text([("external_subscription_id", externalSubscriptionID)])
        do {
            let body = try await self.send(self.request("GET", path + query), as: "current_usage").body
            // What is cut off is no answer.
            _ = try LagoFields(body).object(LagoUsage.member)
            return body
        } catch LagoError.noRoute {
            throw LagoError.notFound(code: "resource_not_found")
        }
    }

    /// What a subscription used in the periods that are billed, page by page, the latest first. Lago has none of a customer
    /// that it does not know.
    package func pastUsage(
        externalCustomerID: String,
        externalSubscriptionID: String,
        pageSize: Int = 100
    ) throws -> LagoPages<LagoPastUsage> {
        self.pages(
            at: "/customers/\(try Query.segment(externalCustomerID))/past_usage",
            query: [("external_subscription_id", externalSubscriptionID)],
            pageSize: pageSize,
            as: "past_usage"
        )
    }
}
