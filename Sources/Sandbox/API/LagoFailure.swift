/// An answer that is not 200, in the shapes that Lago gives them.
package struct LagoFailure: Error, Equatable {
    package let status: Int
    package let body: JSONValue

    /// 422 with what is wrong, by field.
    static func validation(_ details: [String: [String]]) -> LagoFailure {
        var json: JSONValue = [:]
        for (field, codes) in details.sorted(by: { $0.key < $1.key }) {
            json[field] = .array(codes.map { .string($0) })
        }
        return .validation(json: json)
    }

    /// 422 with details in a shape of their own, as batches have.
    static func validation(json details: JSONValue) -> LagoFailure {
        LagoFailure(
            status: 422,
            body: [
                "status": 422, "error": "Unprocessable Entity", "code": "validation_errors", "error_details": details,
            ]
        )
    }

    /// 405, which at Lago says that something is in the wrong state for the request.
    static func notAllowed(_ code: String) -> LagoFailure {
        LagoFailure(status: 405, body: ["status": 405, "error": "Method Not Allowed", "code": .string(code)])
    }

    /// 404; `resource` is `wallet` for `wallet_not_found`, and `resource` where no route matches.
    static func notFound(_ resource: String) -> LagoFailure {
        LagoFailure(
            status: 404,
            body: ["status": 404, "error": "Not Found", "code": .string(resource + "_not_found")]
        )
    }

    /// 400 for a body without its root key.
    static func missing(root: String) -> LagoFailure {
        .badRequest("param is missing or the value is empty or invalid: " + root)
    }

    static func badRequest(_ message: String) -> LagoFailure {
        LagoFailure(status: 400, body: ["status": 400, "error": .string("BadRequest: " + message)])
    }

    /// 403 for what needs a licence.
    static let noLicence = LagoFailure(
        status: 403,
        body: ["status": 403, "error": "Forbidden", "code": "feature_unavailable"]
    )

    static let unauthorized = LagoFailure(status: 401, body: ["status": 401, "error": "Unauthorized"])

    /// 500 as Rails answers when something was not foreseen: without a `code`.
    static let crash = LagoFailure(status: 500, body: ["status": 500, "error": "Internal Server Error"])
}
