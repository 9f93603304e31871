private import Foundation
package import HTTPTypes
package import Hummingbird
private import LagoAPI
package import Logging
private import NIOCore

/// What the API asks of a listener's context.
package protocol PeerContext: RequestContext {
    /// The peer's IP address, without its port.
    var address: String { get }
}

/// `/api/lago/*`: the part of Lago that an application and its customers need, safe to call from a browser.
///
/// Every request passes the same gate: who asks, whether that may call this route, how often, whether it was carried out
/// before. Every answer leaves through the same door: errors in Lago's shape, `ETag`s, CORS.
package struct ProxyAPI: Sendable {
    private static let largestBody = 1 << 20

    private let routes: [APIRoute]
    private let isConfigured: Bool
    private let doorman: Doorman
    private let desk: IdempotencyDesk
    private let logger: Logger

    /// - Parameter isConfigured: false while Lago's address or key is missing, which every request is told then.
    package init(
        routes: [APIRoute],
        isConfigured: Bool = true,
        doorman: Doorman,
        desk: IdempotencyDesk,
        logger: Logger
    ) {
        self.routes = routes
        self.isConfigured = isConfigured
        self.doorman = doorman
        self.desk = desk
        self.logger = logger
    }

    package func add<Context: PeerContext>(to router: Router<Context>) {
        for route in self.routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await self.answer { try await self.carryOut(route, request, context) }.response
            }
        }
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            router.on("/api/lago/**", method: method) { request, context in
                await self.answer {
                    _ = try await self.doorman.admission(of: request.headers)
                    throw self.isConfigured ? APIFailure.notFound("resource_not_found") : .notConfigured
                }.response
            }
        }
    }

    /// Whether a request's work ends with its client's connection: reading has no effect that somebody would miss.
    package static func mayGiveUp(_ request: HTTPRequest) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        return request.path?.hasPrefix("/api/lago/") == true
    }

    /// Whatever happens, an answer.
    private func answer(_ work: () async throws -> APIAnswer) async -> APIAnswer {
        do {
            return try await work()
        } catch  where Task.isCancelled {
            // The client has gone, or the process is about to: nobody reads this, and nothing failed.
            return APIFailure(.serviceUnavailable, code: "given_up").answer
        } catch let failure as APIFailure {
            return failure.answer
        } catch let error as LagoError {
            self.logger.warning("Lago did not do what the API asked", metadata: ["error": "\(error)"])
            return APIFailure(error).answer
        } catch {
            self.logger.error("the API failed", metadata: ["error": "\(error)"])
            return APIFailure(.internalServerError, code: "internal_error").answer
        }
    }

    private func carryOut(
        _ route: APIRoute,
        _ request: Request,
        _ context: some PeerContext
    ) async throws -> APIAnswer {
        let admission = try await self.doorman.admission(of: request.headers)
        let principal = admission.principal
        if case .servers = route.access, !principal.isServer { throw APIFailure.forbidden }
        let call = APICall(
            principal: principal,
            expires: admission.expires,
            method: request.method,
            path: request.uri.path,
            parameters: try Self.parameters(of: context),
            query: try APIQuery(encoded: request.uri.query ?? ""),
            headers: request.headers,
            body: route.takesBody ? try await self.body(of: request) : [],
            intent: UUID().uuidString.lowercased()
        )
        switch route.method {
        case .get: return try await route.respond(call).tagged(for: request.headers)
        case .post, .put, .patch:
            return try await self.desk.answer(call, buying: try route.purchase?(call)) { call in
                await self.answer { try await route.respond(call) }
            }
        default: return try await route.respond(call)
        }
    }

    private static func parameters(of context: some RequestContext) throws(APIFailure) -> [String: String] {
        var parameters: [String: String] = [:]
        for (name, value) in context.parameters {
            guard let decoded = value.removingPercentEncoding else { throw .notFound("resource_not_found") }
            parameters[String(name)] = decoded
        }
        return parameters
    }

    private func body(of request: Request) async throws -> [UInt8] {
        let tooLarge = APIFailure(.contentTooLarge, code: "body_too_large", message: "the body is larger than 1 MiB")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.largestBody {
            throw tooLarge
        }
        var body: [UInt8] = []
        for try await part in request.body {
            guard body.count + part.readableBytes <= Self.largestBody else { throw tooLarge }
            body.append(contentsOf: part.readableBytesView)
        }
        return body
    }
}
