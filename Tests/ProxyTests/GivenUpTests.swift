import Foundation
import HTTPTypes
import LagoAPI
import Proxy
import Settings
import TestSupport
import Testing
import Transport

/// What becomes of a request whose client goes away before the answer.
@Suite(.timeLimit(.minutes(2))) struct GivenUpTests {
    /// A Lago that takes requests and does not answer before it is told to, and what it saw.
    private struct SilentLago {
        let asked = Record<String>()
        let lost = Record<String>()
        let gate = Gate()

        func during(_ body: (TCPPeer) async throws -> Void) async throws {
            try await TCPPeer.serving(
                { connection in
                    guard let request = try await connection.readRequest() else { return }
                    self.asked.add(request.method)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { await self.gate.wait() }
                        defer { group.cancelAll() }
                        if request.method == "GET" {
                            try? await connection.readToEnd()
                            return self.lost.add(request.method)
                        }
                        try await group.next()
                    }
                    try await connection.respond(body: Array(#"{"customer":{}}"#.utf8))
                },
                during: body
            )
        }
    }

    private static func routes(_ engine: TransferEngine, _ url: String, done: Record<String>) -> [APIRoute] {
        let methods: [HTTPRequest.Method] = [.get, .post]
        return methods.map { method in
            APIRoute(method, "/slow", for: .servers) { call in
                _ = try await engine.send(
                    TransferRequest(method: method.rawValue, url: url, deadline: .seconds(60))
                )
                done.add(method.rawValue)
                return APIAnswer(.object([]))
            }
        }
    }

    private func request(_ method: String, _ path: String = "/api/lago/slow") -> HTTPRequestText {
        HTTPRequestText(method, path, headers: [("Authorization", "Bearer \(APIWorld.key)")])
    }

    @Test func `reading ends with its client, up to Lago; what has an effect goes on`() async throws {
        let (lago, done, engine) = (SilentLago(), Record<String>(), try TransferEngine())
        try await lago.during { peer in
            let url = "http://127.0.0.1:\(peer.port)/customers/c"
            try await APIWorld.running(routes: { _, _ in Self.routes(engine, url, done: done) }) { world in
                // The one with an effect is begun first, and its client goes first.
                for method in ["POST", "GET"] {
                    try await TCPClient.connected(to: world.port) { client in
                        try await client.write(self.request(method).bytes)
                        #expect(await eventually { lago.asked.all.contains(method) })
                    }
                }
                #expect(await eventually(within: .seconds(10)) { lago.lost.all == ["GET"] })
                #expect(done.all.isEmpty)
                lago.gate.open()
                #expect(await eventually { done.all == ["POST"] })
            }
        }
        await engine.shutdown()
    }

    @Test func `a connection is kept after an answer, and the next request on it is answered`() async throws {
        let route = APIRoute(.get, "/quick", for: .servers) { _ in APIAnswer(.object([])) }
        try await APIWorld.running(routes: { _, _ in [route] }) { world in
            try await TCPClient.connected(to: world.port) { client in
                for _ in 1...3 {
                    #expect(await client.exchange(self.request("GET", "/api/lago/quick"))?.status == 200)
                }
            }
        }
    }
}
