import Foundation
import Hummingbird
import Logging
import Signatures

/// Turns errors into Lago's shapes; a route that does not exist is 404 `resource_not_found`.
struct FailureMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let failure as LagoFailure {
            return failure.body.response(status: .init(code: failure.status))
        } catch let error as HTTPError where error.status == .notFound {
            return LagoFailure.notFound("resource").body.response(status: .notFound)
        } catch let error as HTTPError {
            throw error
        } catch is FaultMiddleware.ConnectionCut {
            return Response(status: .internalServerError)  // nobody is there to read it
        } catch {
            context.logger.error("request failed", metadata: ["error": "\(String(reflecting: error))"])
            return LagoFailure.crash.body.response(status: .internalServerError)
        }
    }
}

/// Lets a request pass that carries the API key: the second word of `Authorization`, whatever the first may be.
struct KeyMiddleware: RouterMiddleware {
    let apiKey: String

    func handle(
        _ request: Request,
        context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        let words = (request.headers[.authorization] ?? "").split(separator: " ")
        guard words.count > 1, ConstantTime.equal(Array(words[1].utf8), Array(self.apiKey.utf8)) else {
            throw LagoFailure.unauthorized
        }
        return try await next(request, context)
    }
}

/// Lets what is due happen before a request sees the state.
struct DueMiddleware: RouterMiddleware {
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func handle(
        _ request: Request,
        context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        self.webhooks.change { $0.catchUp(at: self.now()) }
        return try await next(request, context)
    }
}

/// Counts requests by what they call.
struct CountMiddleware: RouterMiddleware {
    let model: SandboxModel

    func handle(
        _ request: Request,
        context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        let call = SandboxState.APICall(method: request.method.rawValue, path: request.pathInAPI)
        self.model.withLock { $0.requests[call, default: 0] += 1 }
        return try await next(request, context)
    }
}

/// Hides the control routes from other machines.
struct LoopbackMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        guard context.isLoopback else { throw LagoFailure.notFound("resource") }
        return try await next(request, context)
    }
}
