import Foundation
import Hummingbird

/// `/sandbox/…`: what a test or a person at the demo does to the sandbox from outside.
struct ControlRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let sandbox: Sandbox

    func add(to group: RouterGroup<SandboxContext>) {
        group.post("webhooks", use: self.emit)
        group.get("deliveries", use: self.deliveries)
        group.get("faults", use: self.faults)
        group.put("faults", use: self.setFaults)
        group.put("payments", use: self.setPayments)
        group.post("keys/rotate", use: self.rotateKeys)
        group.post("usage", use: self.usage)
        group.post("periods/end", use: self.endPeriod)
        group.post("periods/bill", use: self.billPeriod)
        group.post("wallet_transactions/:lago_id/settle", use: self.settle)
        group.post("wallet_transactions/:lago_id/decline", use: self.decline)
    }

    /// `{"webhook_type", "external_customer_id"?, "variant"?, "object"?, "count"?, "per_second"?}`; `object` is laid over
    /// the payload's object. The first webhook is made at once, so that a mistake is an answer.
    @Sendable
    private func emit(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json()
        guard let type = body["webhook_type"]?.string.flatMap(LagoWebhook.init(rawValue:)) else {
            throw LagoFailure.validation(["webhook_type": ["value_is_invalid"]])
        }
        let count = Int(clamping: body["count"]?.integer ?? 1)
        let perSecond = body["per_second"]?.double
        guard (1...1_000_000).contains(count) else { throw LagoFailure.validation(["count": ["value_is_invalid"]]) }
        guard perSecond ?? 1 > 0 else { throw LagoFailure.validation(["per_second": ["value_is_invalid"]]) }
        let emission = Webhooks.Emission(
            type: type,
            customer: body["external_customer_id"]?.string,
            variant: body["variant"]?.string,
            changes: body["object"] ?? [:]
        )
        do {
            let keys = try self.webhooks.emit(emission)
            if count > 1 { self.webhooks.emitLater(emission, count: count - 1, perSecond: perSecond) }
            return ["count": .integer(count), "unique_keys": .array(keys.map { .string($0) })]
        } catch {
            throw LagoFailure.validation(["webhook": [error.description]])
        }
    }

    /// Newest first; `?state=`, `?webhook_type=` and `?limit=` (100) narrow the list.
    @Sendable
    private func deliveries(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = request.uri.queryParameters
        let limit = query["limit"].flatMap { Int($0) } ?? 100
        let found = self.model.withLock { $0.deliveries.all }.reversed().filter { delivery in
            query["state"].map { delivery.state.rawValue == $0 } ?? true
                && query["webhook_type"].map { delivery.webhookType == $0 } ?? true
        }
        return [
            "deliveries": .array(found.prefix(max(0, limit)).map(\.json)), "total_count": .integer(found.count),
        ]
    }

    @Sendable
    private func faults(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        self.model.withLock { $0.faults }.json
    }

    @Sendable
    private func setFaults(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let faults = try Faults(try await request.json())
        self.model.withLock { $0.faults = faults }
        return faults.json
    }

    /// `{"outcome": "succeed"|"decline"|"needs_action"|"wait", "external_customer_id"?, "delay_ms"?}`: what the provider does
    /// from now on, with all customers or with one.
    @Sendable
    private func setPayments(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json()
        guard let outcome = body["outcome"]?.string.flatMap(SandboxConfiguration.Payments.init(rawValue:)) else {
            throw LagoFailure.badRequest("outcome is one of succeed, decline, needs_action, wait")
        }
        self.sandbox.setPayments(outcome, of: body["external_customer_id"]?.string)
        if let delay = body["delay_ms"]?.integer { self.sandbox.delayPayments(by: .milliseconds(max(0, delay))) }
        return self.time
    }

    @Sendable
    private func rotateKeys(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let keys = try WebhookKeys.generate()
        self.model.withLock { $0.keys = keys }
        return ["public_key": .string(keys.servedPublicKey), "hmac_key": .string(keys.hmac)]
    }

    /// `{"external_customer_id", "units", "code"?}`; the units are decimal text.
    @Sendable
    private func usage(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json()
        try self.sandbox.recordUsage(
            customer: body["external_customer_id"]?.string ?? "",
            units: body["units"]?.string ?? "1",
            code: body["code"]?.string
        )
        return self.time
    }

    /// Sets the clock to the end of the billing period; the invoice follows after the usual delay.
    @Sendable
    private func endPeriod(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        self.sandbox.advanceToPeriodEnd()
        return self.time
    }

    /// Sets the clock to where the oldest unbilled period is invoiced.
    @Sendable
    private func billPeriod(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        self.sandbox.advanceToBilling()
        return self.time
    }

    @Sendable
    private func settle(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        try self.sandbox.settle(try context.segment("lago_id"))
        return self.time
    }

    @Sendable
    private func decline(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        try self.sandbox.decline(try context.segment("lago_id"))
        return self.time
    }

    private var time: JSONValue { ["now": .string(LagoTime.milliseconds(self.sandbox.now))] }
}
