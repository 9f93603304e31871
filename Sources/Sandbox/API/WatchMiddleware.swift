import HTTPTypes
import Hummingbird

/// Shows requests to whoever watches them, loses those that it wants lost, and tells of those that are over.
struct WatchMiddleware: RouterMiddleware {
    let model: SandboxModel

    func handle(
        _ request: Request,
        context: SandboxContext,
        next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        let (watcher, listener) = self.model.withLock { ($0.watcher, $0.listener) }
        guard watcher != nil || listener != nil else { return try await next(request, context) }
        var request = request
        let body = request.method == .get ? "" : String(buffer: try await request.collectBody(upTo: 1 << 20))
        do {
            let response = try await self.show(request, body, to: watcher, context, next)
            listener?(request.answered(Int(response.status.code), body))
            return response
        } catch {
            listener?(request.answered((error as? LagoFailure).map { Int($0.status) }, body))
            throw error
        }
    }

    private func show(
        _ request: Request,
        _ body: String,
        to watcher: PassingRequest.Watcher?,
        _ context: SandboxContext,
        _ next: (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        guard let watcher else { return try await next(request, context) }
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

extension Request {
    fileprivate func answered(_ status: Int?, _ body: String) -> AnsweredRequest {
        AnsweredRequest(
            method: self.method.rawValue,
            path: self.pathInAPI,
            query: self.uri.query ?? "",
            body: body,
            status: status
        )
    }
}
