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
    private let doorway: Doorway
    private let alert: @Sendable () -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - isConfigured: false while Lago's address or key is missing, which every request is told then.
    ///   - doorway: how often it may be called, and from where.
    ///   - alert: told each time that Lago does not accept the server's key.
    package init(
        routes: [APIRoute],
        isConfigured: Bool = true,
        doorman: Doorman,
        desk: IdempotencyDesk,
        doorway: Doorway = Doorway(),
        alert: @escaping @Sendable () -> Void = {},
        logger: Logger
    ) {
        self.routes = routes
        self.isConfigured = isConfigured
        self.doorman = doorman
        self.desk = desk
        self.doorway = doorway
        self.alert = alert
        self.logger = logger
    }

    package func add<Context: PeerContext>(to router: Router<Context>) {
        for route in self.routes {
            for method in route.method == .get ? [.get, .head] : [route.method] {
                router.on(RouterPath(route.path), method: method) { request, context in
                    await self.answer(request, context) { try await self.carryOut(route, request, context, $0) }
                }
            }
        }
        let map = RouteMap(self.routes)
        // Of what is added to the router after it, it only lets pass.
        router.add(
            middleware: Elsewhere<Context> { request, context in await self.answerElsewhere(request, context, map) }
        )
    }

    /// Answers a method or a path that no route has.
    private func answerElsewhere(_ request: Request, _ context: some PeerContext, _ map: RouteMap) async -> Response {
        let methods = map.methods(of: request.uri.path)
        let known = methods.isEmpty ? RouteMap.all : methods
        // Browsers ask without a token, and once for many requests.
        if request.method == .options, let answer = self.doorway.pages.preflight(request.headers, methods: known) {
            return answer.adding(self.doorway.headers(for: request.headers)).response
        }
        return await self.answer(request, context) { _ in
            guard self.isConfigured else { throw APIFailure.notConfigured }
            throw methods.isEmpty ? APIFailure.notFound("resource_not_found") : .wrongMethod(allowed: methods)
        }
    }

    /// Whether a request's work ends with its client's connection: reading has no effect that somebody would miss.
    package static func mayGiveUp(_ request: HTTPRequest) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        return request.path?.hasPrefix("/api/lago/") == true
    }

    /// Whatever happens, an answer.
    private func answer(
        _ request: Request,
        _ context: some PeerContext,
        _ work: (Admission) async throws -> APIAnswer
    ) async -> Response {
        var headers = self.doorway.headers(for: request.headers)
        let answer: APIAnswer
        do {
            answer = try await work(try await self.admit(request, context, telling: &headers))
        } catch {
            answer = self.failure(error, of: request).answer
        }
        let response = answer.adding(headers).response
        // A stream's has a length of 0: one without a length would be sent as an empty body in chunks.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func failure(_ error: any Error, of request: Request) -> APIFailure {
        // The client has gone, or the process is about to: nobody reads this, and nothing failed.
        if Task.isCancelled { return APIFailure(.serviceUnavailable, code: "given_up") }
        switch error {
        case let failure as APIFailure: return failure
        case let error as LagoError:
            self.logger.warning("Lago did not do what the API asked", metadata: ["error": "\(error)"])
            if case .unauthorized = error { self.alert() }
            return APIFailure(error)
        default:
            self.logger.error("the API failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return APIFailure(.internalServerError, code: "internal_error")
        }
    }

    /// Finds out who asks, and whether that may ask again so soon.
    private func admit(
        _ request: Request,
        _ context: some PeerContext,
        telling headers: inout HTTPFields
    ) async throws -> Admission {
        let admission: Admission
        do {
            admission = try await self.doorman.admission(of: request.headers)
        } catch {
            // Guesses count, too.
            try self.doorway.count(nil, peer: context.address, request.headers, telling: &headers)
            throw error
        }
        try self.doorway.count(admission.principal, peer: context.address, request.headers, telling: &headers)
        return admission
    }

    private func carryOut(
        _ route: APIRoute,
        _ request: Request,
        _ context: some PeerContext,
        _ admission: Admission
    ) async throws -> APIAnswer {
        let principal = admission.principal
        if case .servers = route.access, !principal.isServer { throw APIFailure.forbidden }
        let call = APICall(
            principal: principal,
            expires: admission.expires,
            method: route.method,
            path: request.uri.path,
            parameters: try Self.parameters(of: context),
            query: try APIQuery(encoded: request.uri.query ?? ""),
            headers: request.headers,
            body: route.takesBody ? try await self.body(of: request) : [],
            intent: route.method == .get ? "" : UUID().uuidString.lowercased()
        )
        switch route.method {
        case .get: return try await route.respond(call).tagged(for: request.headers)
        case .post, .put, .patch:
            return try await self.desk.answer(call, buying: try route.purchase?(call)) { call in
                do { return try await route.respond(call) } catch { return self.failure(error, of: request).answer }
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
