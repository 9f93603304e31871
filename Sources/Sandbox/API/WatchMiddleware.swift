import HTTPTypes
import Hummingbird

/// Shows requests to whoever watches them, and loses those that it wants lost.
struct WatchMiddleware: RouterMiddleware {
    let model: SandboxModel

    func handle(
        _ request: Request,
        context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        guard let watcher = self.model.withLock({ $0.watcher }) else { return try await next(request, context) }
        var request = request
        let body = request.method == .get ? "" : String(buffer: try await request.collectBody(upTo: 1 << 20))
        let (method, path, query) = (request.method.rawValue, request.pathInAPI, request.uri.query ?? "")
        func meet(_ moment: PassingRequest.Moment) async throws -> Response? {
            let passing = PassingRequest(moment: moment, method: method, path: path, query: query, body: body)
            switch await watcher(passing) {
            case .goOn: return nil
            case .lost: try await FaultMiddleware.cut(context)
            case .held(let time): return try await FaultMiddleware.hold(request, context, for: time, next: next)
            case .answered(let status): return Response(status: .init(code: status))
            }
            return nil
        }
        if let answer = try await meet(.beforeEffect) { return answer }
        let response = try await next(request, context)
        return try await meet(.afterEffect) ?? response
    }
}
