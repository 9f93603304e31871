package import Foundation

/// A document that says what goes over the wire, and what is wrong beside it.
package struct OpenAPIDocument: Sendable {
    /// Sluice's own, as it is compiled in.
    package static let sluice = OpenAPIDocument("../../../Sources/Proxy/Embedded/openapi.json")
    /// Lago's own, which lies beside the repository where it lies at all.
    package static let lago = OpenAPIDocument("../../../../shared/lago-openapi.yaml")

    package let url: URL

    private init(_ path: String) {
        self.url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: path).standardizedFileURL
    }

    package var path: String { self.url.path(percentEncoded: false) }
    package var exists: Bool { FileManager.default.fileExists(atPath: self.path) }

    /// What is wrong with the document itself, and with its examples.
    package func problems() async throws -> [String] {
        try await self.ask("/document", [Never]())
    }

    /// What is wrong with answers: their status, headers, content type and body.
    package func problems(of answers: [APIExchange]) async throws -> [String] {
        try await self.ask("/answers", answers)
    }

    /// What is wrong with requests: their call, path, query and body.
    package func problems(of requests: [LagoRequest]) async throws -> [String] {
        try await self.ask("/requests", requests)
    }

    private struct Asked<Item: Encodable>: Encodable {
        let document: String
        let items: [Item]
    }

    private func ask<Item: Encodable>(_ target: String, _ items: [Item]) async throws -> [String] {
        let body = Array(try JSONEncoder().encode(Asked(document: self.path, items: items)))
        let request = HTTPRequestText("POST", target, body: body)
        let answer = try await request.send(to: try await Self.helper.value)
        guard let answer, answer.status == 200 else {
            throw HelperFailure(description: "nobody checks \(self.path): \(answer?.text ?? "no answer")")
        }
        return try JSONDecoder().decode([String].self, from: Data(answer.body))
    }

    /// The port of one helper for all tests, as it takes a while to read a document.
    private static let helper = Task {
        try await HelperServer.start("openapi_server.py", python: try await PythonTools.python()).port
    }
}

/// An answer of Sluice's API, and what it answers.
package struct APIExchange: Encodable, Sendable {
    package let method: String
    /// With its query.
    package let path: String
    package let status: Int
    package let type: String
    package let headers: [String: String]
    /// Empty where it is no text.
    package let body: String

    package init(
        _ method: String,
        _ path: String,
        status: Int,
        headers: [(name: String, value: String)],
        body: [UInt8]
    ) {
        self.method = method
        self.path = path
        self.status = status
        self.headers = Dictionary(headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
        self.type = self.headers["content-type"] ?? ""
        self.body = self.type == "application/pdf" ? "" : String(decoding: body, as: UTF8.self)
    }
}
