import Foundation
import Hummingbird

/// `/webhook_endpoints`: where webhooks go, managed by REST.
struct WebhookEndpointRoutes {
    let model: SandboxModel
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.get("webhook_endpoints", use: self.list)
        group.post("webhook_endpoints", use: self.create)
        group.get("webhook_endpoints/:lago_id", use: self.show)
        group.put("webhook_endpoints/:lago_id", use: self.change)
        group.delete("webhook_endpoints/:lago_id", use: self.remove)
    }

    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = request.uri.queryParameters
        return try self.model.withLock { state throws(LagoFailure) in
            let sorted = state.endpoints.sorted { $0.url < $1.url }
            let page = try Page(page: query["page"], perPage: query["per_page"]).slice(sorted)
            let objects = page.items.map { $0.json(organizationID: state.organization.id) }
            return ["webhook_endpoints": .array(objects), "meta": page.meta]
        }
    }

    @Sendable
    private func create(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json(root: "webhook_endpoint")
        return try self.model.withLock { state throws(LagoFailure) in
            Self.answer(try state.addEndpoint(body, at: self.now()), in: state)
        }
    }

    @Sendable
    private func show(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.model.withLock { state throws(LagoFailure) in
            Self.answer(try state.endpoint(id: id), in: state)
        }
    }

    @Sendable
    private func change(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        let body = try await request.json(root: "webhook_endpoint")
        return try self.model.withLock { state throws(LagoFailure) in
            Self.answer(try state.changeEndpoint(id: id, body), in: state)
        }
    }

    @Sendable
    private func remove(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.model.withLock { state throws(LagoFailure) in
            Self.answer(try state.removeEndpoint(id: id), in: state)
        }
    }

    private static func answer(_ endpoint: WebhookEndpoint, in state: SandboxState) -> JSONValue {
        ["webhook_endpoint": endpoint.json(organizationID: state.organization.id)]
    }
}
