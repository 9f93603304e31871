import LagoEvents
import NIOCore
import Receiver
import Store
import TestSupport
import Testing

/// What a peer may take of the endpoint, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct LimitTests {
    @Test func `a body that says it is too large is refused unread`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            var request = try Webhook.hmac(Webhook.body())
            request.headers.append(("Content-Length", "\((8 << 20) + 1)"))
            try await TCPClient.connected(to: port) { connection in
                // The head alone: whoever waits for the body waits for ever.
                let head = "POST /webhooks/lago HTTP/1.1\r\n" + request.headers.map { "\($0): \($1)\r\n" }.joined()
                try await connection.write(head + "\r\n")
                #expect(await connection.readAnswer()?.status == 413)
                #expect(await connection.readAnswer() == nil, "the connection is kept")
            }
            let rows = try await fixture.rejections(["too_large"])
            #expect(rows == ["too_large"])
        }
    }

    @Test(arguments: [0, 1]) func `a body may have 8 MiB and not a byte more`(excess: Int) async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let body = [UInt8](repeating: UInt8(ascii: " "), count: (8 << 20) + excess)
            let request = try Webhook.hmac(body)
            let chunked = try await TCPClient.connected(to: port) { connection in
                try? await connection.write(request.chunked(by: 1 << 16))
                return await connection.readAnswer()
            }
            let whole = try await request.send(to: port)
            // One who is refused in the middle of sending may lose the answer to the connection's end.
            if excess == 0 {
                #expect(chunked?.status == 200 && whole?.status == 200)
                #expect(try await fixture.store.events(limit: 9).map(\.outcome) == [.unreadable])
            } else {
                #expect([413, nil].contains(chunked?.status) && [413, nil].contains(whole?.status))
                let rows = try await fixture.rejections(["too_large", "too_large"])
                #expect(rows == ["too_large", "too_large"])
                #expect(try await fixture.store.events(limit: 9).isEmpty)
            }
        }
    }

    @Test func `a token of three megabytes in a header is taken`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let body = Webhook.body(of: "cust_1", padding: 2 << 20)
            let request = try Webhook.jwt(body, with: Keys.current, uniqueKey: "large")
            #expect(request.bytes.count > 4_800_000)
            #expect(try await request.send(to: port)?.status == 200)
            #expect(try await fixture.store.event(idOrKey: "large")?.body == body)
        }
    }

    @Test func `headers over the limit are refused and kept as too large`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving { port in
            let request = try Webhook.hmac(Webhook.body())
                .with("X-Lago-Signature", String(repeating: "s", count: (4 << 20) + 1))
            let status = try await request.send(to: port)?.status
            #expect([400, 431, nil].contains(status))
            let rows = try await fixture.rejections(["too_large"])
            #expect(rows == ["too_large"])
            #expect(try await Webhook.hmac(Webhook.body()).send(to: port)?.status == 200)
        }
    }

    @Test func `headers that trickle in are ended in time`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving(.short) { port in
            try await Self.trickle("POST /webhooks/lago HTTP/1.1\r\nX-Padding: ", to: port)
            let rows = try await fixture.rejections(["too_slow"])
            #expect(rows == ["too_slow"])
        }
    }

    @Test func `headers that trickle in after a long pause are ended as soon`() async throws {
        var limits = ConnectionLimits.short
        limits.idle = .seconds(60)
        let fixture = try await ReceiverFixture()
        try await fixture.serving(limits) { port in
            try await TCPClient.connected(to: port) { connection in
                // The pause itself is what is tried: after it, the connection is looked at every five seconds only.
                try await Task.sleep(for: .milliseconds(1200))
                let began = ContinuousClock.now
                try await connection.write("POST /webhooks/lago HTTP/1.1\r\nX-Padding: ")
                let answer = await connection.readAnswerWhileTrickling()
                #expect([408, nil].contains(answer?.status))
                #expect(ContinuousClock.now - began < .seconds(3))
            }
        }
    }

    @Test func `a body that trickles in is ended in time`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving(.short) { port in
            try await Self.trickle("POST /webhooks/lago HTTP/1.1\r\nContent-Length: 100000\r\n\r\n", to: port)
            let rows = try await fixture.rejections(["too_slow"])
            #expect(rows == ["too_slow"])
            #expect(await eventually { fixture.inFlight.current == 0 })
        }
    }

    /// Sends a beginning, then one byte now and then, until the other side has had enough.
    private static func trickle(_ beginning: String, to port: Int) async throws {
        try await TCPClient.connected(to: port) { connection in
            let began = ContinuousClock.now
            try await connection.write(beginning)
            let answer = await connection.readAnswerWhileTrickling()
            #expect([408, nil].contains(answer?.status))
            #expect(ContinuousClock.now - began < .seconds(5))
        }
    }

    @Test func `a connection that is not used is closed, before a request and after one`() async throws {
        let fixture = try await ReceiverFixture()
        try await fixture.serving(.short) { port in
            try await TCPClient.connected(to: port) { #expect(await $0.readAnswer() == nil) }
            let request = try Webhook.hmac(Webhook.body())
            try await TCPClient.connected(to: port) { connection in
                #expect(await connection.exchange(request)?.status == 200)
                #expect(await connection.readAnswer() == nil)
            }
            #expect(try await fixture.rejections().isEmpty)
        }
    }

    @Test func `bytes in flight over the cap are answered 503, and all is well when they are gone`() async throws {
        let fixture = try await ReceiverFixture(inFlight: 1 << 20)
        try await fixture.serving { port in
            let half =
                "POST /webhooks/lago HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n"
                + String(repeating: "b", count: 400 << 10)
            try await TCPClient.connected(to: port) { first in
                try await TCPClient.connected(to: port) { second in
                    try await first.write(half)
                    try await second.write(half)
                    #expect(await eventually { fixture.inFlight.current > 800 << 10 })
                    try await TCPClient.connected(to: port) { third in
                        try await third.write(half)
                        let answer = await third.readAnswer()
                        #expect(answer?.status == 503 && answer?.header("Retry-After") != nil)
                    }
                    #expect(await eventually { fixture.inFlight.current < 1 << 20 })
                    #expect(try await Webhook.hmac(Webhook.body()).send(to: port)?.status == 200)
                }
            }
            #expect(await eventually { fixture.inFlight.current == 0 })
            #expect(try await Webhook.hmac(Webhook.body()).send(to: port)?.status == 200)
            #expect(await eventually { fixture.inFlight.current == 0 })
        }
    }
}
