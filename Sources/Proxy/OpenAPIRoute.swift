private import HTTPTypes
package import Hummingbird

/// `GET /openapi.json`: what the API is, for programs. Anybody may read it, from anywhere.
package struct OpenAPIRoute: Sendable {
    /// OpenAPI 3.1, in JSON.
    package static let document = EmbeddedFiles.all["openapi.json"] ?? ""

    package init() {}

    package func add(to router: Router<some RequestContext>) {
        let answer = APIAnswer(
            status: .ok,
            headers: [
                .contentType: "application/json; charset=utf-8", .accessControlAllowOrigin: "*",
                .cacheControl: "no-cache", .xContentTypeOptions: "nosniff",
            ],
            body: .bytes(Array(Self.document.utf8))
        )
        router.get("/openapi.json") { request, _ in answer.tagged(for: request.headers).response }
        router.head("/openapi.json") { request, _ in
            answer.tagged(for: request.headers).response.createHeadResponse()
        }
    }
}
