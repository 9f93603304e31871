import Foundation
import TestSupport
import Testing

/// Reads server-sent events, chunk by chunk, as they come over a connection.
final class EventReader {
    enum Part: Hashable {
        case retry(Int)
        case comment
        case event(id: Int64, name: String, data: String)
    }

    let status: Int
    private let head: String
    private let connection: TCPConnection
    private var bytes: [UInt8]
    private var text: [UInt8] = []
    /// The stream ended as an answer ends, with its last chunk.
    private(set) var hasEnded = false

    /// Sends the request for a stream and reads the head of its answer.
    init(
        _ connection: TCPConnection,
        query: String,
        headers: [(name: String, value: String)] = [],
        token: String = APIWorld.key
    ) async throws {
        let request = HTTPRequestText(
            "GET",
            "/api/lago/wallets/stream\(query)",
            headers: [("Authorization", "Bearer \(token)")] + headers
        )
        try await connection.write(request.bytes)
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while bytes.firstRange(of: end) == nil { bytes += try #require(try await connection.read()) }
        let range = try #require(bytes.firstRange(of: end))
        self.head = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
        self.status = Int(self.head.split(separator: " ").dropFirst().first ?? "") ?? 0
        self.bytes = Array(bytes[range.upperBound...])
        self.connection = connection
    }

    func header(_ name: String) -> String? {
        self.head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { $0.dropFirst(name.count + 1).drop { $0 == " " } }.map(String.init)
    }

    /// What comes next; nil at the end of the stream, or of the connection.
    func next() async throws -> Part? {
        while true {
            if let part = self.part() { return part }
            if self.hasEnded { return nil }
            if self.takeChunk() { continue }
            guard let more = try await self.connection.read() else { return nil }
            self.bytes += more
        }
    }

    /// The next balance, which must come; heartbeats and the greeting are skipped.
    func event() async throws -> (id: Int64, data: String) {
        while true {
            let part = try #require(try await self.next(), "the stream ended")
            if case .event(let id, "balance", let data) = part { return (id, data) }
        }
    }

    /// Moves a chunk that is there as a whole; false where there is none.
    private func takeChunk() -> Bool {
        guard let line = self.bytes.firstRange(of: [13, 10]),
            let size = Int(String(decoding: self.bytes[..<line.lowerBound], as: UTF8.self), radix: 16),
            self.bytes.count >= line.upperBound + size + 2
        else { return false }
        self.text += self.bytes[line.upperBound..<(line.upperBound + size)]
        self.bytes.removeFirst(line.upperBound + size + 2)
        if size == 0 { self.hasEnded = true }
        return true
    }

    private func part() -> Part? {
        guard let end = self.text.firstRange(of: [10, 10]) else { return nil }
        let lines = String(decoding: self.text[..<end.lowerBound], as: UTF8.self).split(separator: "\n")
        self.text.removeFirst(end.upperBound)
        if lines.first?.first == ":" { return .comment }
        let fields = Dictionary(
            lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (String(parts[0]), String(parts.last?.drop { $0 == " " } ?? ""))
            }
        ) { $1 }
        if let retry = fields["retry"].flatMap({ Int($0) }) { return .retry(retry) }
        return .event(
            id: fields["id"].flatMap { Int64($0) } ?? -1,
            name: fields["event"] ?? "",
            data: fields["data"] ?? ""
        )
    }
}
