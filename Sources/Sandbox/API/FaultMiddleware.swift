import HTTPTypes
import Hummingbird
import NIOCore

/// Delays, refuses or cuts off the API's answers as the faults say.
struct FaultMiddleware: RouterMiddleware {
    let model: SandboxModel
    let random: @Sendable () -> Double

    /// The connection was closed on purpose, so no answer is owed.
    struct ConnectionCut: Error {}

    func handle(
        _ request: Request,
        context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        let path = request.pathInAPI
        let faults = self.model.withLock { $0.faults }
        guard faults.only.map({ path.hasPrefix($0) }) ?? true else { return try await next(request, context) }
        if faults.latency > .zero { try await Task.sleep(for: faults.latency) }
        if let answer = try await self.failure(context) { return answer }
        if request.method != .get, self.strikes(\.heldRequest) {
            return try await Self.hold(request, context, for: faults.heldFor, next: next)
        }
        let isCutAfter = self.strikes(\.closedAfterEffect)
        // A refusal is an answer as well, and is lost like one.
        let response: Response
        do {
            response = try await next(request, context)
        } catch {
            if isCutAfter { try await Self.cut(context) }
            throw error
        }
        if isCutAfter { try await Self.cut(context) }
        return response
    }

    /// The answer of a request that nothing is done for; nil where no such fault strikes.
    private func failure(_ context: SandboxContext) async throws -> Response? {
        if self.strikes(\.serverError) { throw LagoFailure.crash }
        if self.strikes(\.closedBeforeEffect) { try await Self.cut(context) }
        if self.strikes(\.hanging) { try await Self.hang(context) }
        if self.strikes(\.rateLimited) {
            var response = (["status": 429, "error": "Too Many Requests"] as JSONValue).response(
                status: .tooManyRequests
            )
            if let reset = HTTPField.Name("x-ratelimit-reset") { response.headers[reset] = "1" }
            return response
        }
        guard self.strikes(\.garbage) else { return nil }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"meta":{"current_page":1,"next_pa"#))
        )
    }

    private func strikes(_ path: WritableKeyPath<Faults, Faults.Chance>) -> Bool {
        self.model.withLock { $0.faults.strikes(path, random: self.random()) }
    }

    /// Closes the connection, and carries the request out all the same, later.
    static func hold(
        _ request: Request,
        _ context: SandboxContext,
        for time: Duration,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        var request = request
        _ = try await request.collectBody(upTo: 1 << 20)
        if context.channel.isActive { try await context.channel.close() }
        try await Task.sleep(for: time)
        _ = try await next(request, context)
        throw ConnectionCut()
    }

    /// Waits until the client has closed the connection, or half a minute.
    private static func hang(_ context: SandboxContext) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while context.channel.isActive, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        try await Self.cut(context)
    }

    /// Closes the connection; what is then written to it goes nowhere.
    static func cut(_ context: SandboxContext) async throws {
        if context.channel.isActive { try await context.channel.close() }
        throw ConnectionCut()
    }
}
