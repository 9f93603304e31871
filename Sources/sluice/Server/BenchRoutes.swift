import Hummingbird
import Receiver

/// `POST /bench/noop`: reads the body and answers 200, to measure webhooks against. Off by default.
struct BenchRoutes: Sendable {
    func add(to router: Router<ServerContext>) {
        router.post("/bench/noop") { request, _ in
            var count = 0
            for try await part in request.body { count += part.readableBytes }
            return HTTPResponse.Status.ok
        }
    }
}
