import TestSupport
import Testing
import Transport

@Suite struct ShutdownTests {
    @Test func `a shutdown fails what is under way and what waits, and refuses what comes later`() async throws {
        let engine = try TransferEngine(maximumConnectionsPerHost: 4)
        let (came, closed, errors) = (Record<Int>(), Record<Int>(), Record<TransferError>())
        try await TCPPeer.serving { connection in
            came.add(connection.number)
            try await connection.readToEnd()
            closed.add(connection.number)
        } during: { peer in
            let request = TransferRequest(url: "http://127.0.0.1:\(peer.port)/")
            await withDiscardingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask {
                        do throws(TransferError) {
                            _ = try await engine.send(request)
                        } catch {
                            errors.add(error)
                        }
                    }
                }
                #expect(await eventually { came.count == 4 })
                await engine.shutdown()
            }
            #expect(errors.count == 20)
            #expect(errors.all.allSatisfy { $0.kind == .stopped })
            #expect(errors.all.count { $0.requestLeft } == 4)
            #expect(await eventually { closed.count == 4 })
            let late = await #expect(throws: TransferError.self) { try await engine.send(request) }
            #expect(late?.kind == .stopped)
            #expect(late?.requestLeft == false)
        }
    }

    @Test func `an engine can be shut down unused, and twice at once`() async throws {
        let engine = try TransferEngine()
        await engine.shutdown()
        async let first: Void = engine.shutdown()
        async let second: Void = engine.shutdown()
        _ = await (first, second)
    }

    @Test func `an engine that nobody holds any more closes its connections`() async throws {
        let (came, closed) = (Record<Int>(), Record<Int>())
        try await TCPPeer.serving { connection in
            came.add(connection.number)
            while try await connection.readRequest() != nil { try await connection.respond() }
            closed.add(connection.number)
        } during: { peer in
            for _ in 0..<10 {
                let engine = try TransferEngine()
                _ = try await engine.send(TransferRequest(url: "http://127.0.0.1:\(peer.port)/"))
            }
            #expect(await eventually { closed.count == 10 })
        }
        #expect(came.count == 10)
    }
}
