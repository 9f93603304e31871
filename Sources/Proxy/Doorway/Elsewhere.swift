internal import Hummingbird

/// Answers what no route does: browsers' questions, wrong methods and unknown paths, in the API's own shape.
///
/// It stands behind the routes, where a router would say "not found" in its own words.
struct Elsewhere<Context: PeerContext>: RouterMiddleware {
    let answer: @Sendable (Request, Context) async -> Response

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard RouteMap.isInside(request.uri.path) else { return try await next(request, context) }
        return await self.answer(request, context)
    }
}
