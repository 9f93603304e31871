import Foundation
import HTTPTypes
import Proxy
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct GateTests {
    private static let routes = [
        APIRoute(.get, "/things/{id}", for: .servers) { call in
            APIAnswer(.object([("id", .text(try call.parameter("id"))), ("for", .optional(call.query["for"]))]))
        }
    ]

    @Test func `nobody gets past without a principal, and errors have Lago's shape`() async throws {
        try await APIWorld.running(routes: { _, _ in Self.routes }) { world in
            for token in ["", "wrong", Self.almost] {
                let answer = try await world.call("GET", "/things/1", token: token)
                #expect(answer.status == 401)
                #expect(answer.header("WWW-Authenticate") == "Bearer")
                #expect(
                    String(decoding: answer.body, as: UTF8.self)
                        == #"{"status":401,"error":"Unauthorized","code":"unauthorized"}"#
                )
            }
        }
    }

    @Test func `what is wrong with a request is said as Lago says it`() async throws {
        let route = APIRoute(.get, "/things", for: .servers) { call in
            try call.query.allow([])
            return APIAnswer(.null)
        }
        try await APIWorld.running(routes: { _, _ in [route] }) { world in
            let answer = try await world.call("GET", "/things?colour=red")
            let details = #""error_details":{"colour":["unknown_parameter"]}"#
            #expect(
                String(decoding: answer.body, as: UTF8.self)
                    == #"{"status":422,"error":"Unprocessable Entity","code":"validation_errors",\#(details)}"#
            )
        }
    }

    @Test func `a customer is known by a token, and not let at what is for servers`() async throws {
        let routes =
            Self.routes + [
                APIRoute(.get, "/own", for: .customers) { APIAnswer(.object([("who", .text($0.principal.id))])) }
            ]
        try await APIWorld.running(routes: { _, _ in routes }) { world in
            let token = try APIWorld.token(of: "a b")
            #expect(
                try await world.call("GET", "/own", token: token).object as? [String: String] == ["who": "customer/a b"]
            )
            #expect(try await world.call("GET", "/own").object as? [String: String] == ["who": "server/key-1"])
            let refused = try await world.call("GET", "/things/1", token: token)
            #expect(refused.status == 403)
            #expect(
                String(decoding: refused.body, as: UTF8.self)
                    == #"{"status":403,"error":"Forbidden","code":"forbidden"}"#
            )
            let expired = try APIWorld.token(of: "a b", lasting: .seconds(-61))
            for path in ["/own", "/things/1", "/nowhere"] {
                #expect(try await world.call("GET", path, token: expired).status == 401)
            }
        }
    }

    private static let almost = String(APIWorld.key.dropLast()) + "X"

    @Test func `ids with dots, slashes and other letters arrive as they are`() async throws {
        try await APIWorld.running(routes: { _, _ in Self.routes }) { world in
            let answer = try await world.call("GET", "/things/a.b%2Fc%20%C3%A9?for=x%40y.z")
            #expect(try answer.object as? [String: String] == ["id": "a.b/c é", "for": "x@y.z"])
            let form = try await world.call("GET", "/things/1?f%6Fr=a+b%2B%26c&x")
            #expect(try form.object as? [String: String] == ["id": "1", "for": "a b+&c"])
            #expect(try await world.call("GET", "/things/1?for=%FF").status == 400)
        }
    }
}
