import LagoAPI
import TestSupport
import Testing

/// What can go wrong between us and Lago, each told apart, with its cause in plain words.
@Suite struct LagoFailureTests {
    @Test(arguments: [
        (200, "", "unreadable", "Lago's answer cannot be read: the body is empty", true),
        (200, "<!doctype html><html>", "unreadable", "Lago's answer cannot be read: the body is a web page", true),
        (
            200, #"{"customer":{"lago_id":"#, "unreadable", "Lago's answer cannot be read: the body ends in the middle",
            true
        ),
        (200, "\u{1}\u{2}garbage", "unreadable", "Lago's answer cannot be read: the body is not JSON", true),
        (200, "[]", "unreadable", "Lago's answer cannot be read: the body is a list, not an object", true),
        (200, #"{"wallet":{}}"#, "unreadable", "Lago's answer cannot be read: customer is missing", true),
        (200, #"{"customer":{}}"#, "unreadable", "Lago's answer cannot be read: customer.lago_id is missing", true),
        (400, "{}", "bad_request", "Lago could not read the request (400)", false),
        (
            401, #"{"status":401,"error":"Unauthorized"}"#, "unauthorized", "Lago does not accept the API key (401)",
            false
        ),
        (403, #"{"code":"read_action_not_allowed_for_customer"}"#, "forbidden", "Lago does not allow this", false),
        (404, #"{"code":"customer_not_found"}"#, "not_found", "Lago does not know it (404, customer_not_found)", false),
        (404, #"{"code":"resource_not_found"}"#, "no_route", "Lago has no such call (404", false),
        (404, "404 page not found", "unexpected", "what answers is perhaps not Lago (404)", true),
        (405, #"{"code":"no_active_subscription"}"#, "conflict", "Lago refuses it as things stand (405", false),
        (405, "<html>", "unexpected", "what answers is perhaps not Lago (405)", false),
        (
            422, #"{"code":"validation_errors","error_details":{"currency":["value_is_invalid"]}}"#, "validation",
            "Lago refuses the values (422, validation_errors): currency value_is_invalid", false
        ),
        (422, #"{"code":"lock_acquisition_failed"}"#, "validation", "Lago refuses the values (422", true),
        (429, "{}", "rate_limited", "Lago asks for a pause (429)", true),
        (500, "<html>", "server", "Lago failed (500)", true),
        (502, "", "server", "Lago is not there behind its proxy (502)", true),
        (301, "", "unexpected", "what answers is perhaps not Lago (301)", false),
    ])
    func `each refusal has its label and its words`(
        status: Int,
        body: String,
        label: String,
        words: String,
        canRetryHelp: Bool
    ) async throws {
        try await withLago { _ in
            (status, [], body)
        } during: { lago in
            let error = try #require(
                await #expect(throws: LagoError.self) { try await lago.customer(externalID: "c") }
            )
            #expect(error.label == label)
            #expect("\(error)".hasPrefix(words), "\(error)")
            #expect(error.canRetryHelp == canRetryHelp)
            #expect(!"\(error)".contains(LagoStub.key))
        }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"customer\":", "", "HTTP/1.1 200 OK\r\n"])
    func `an answer that is cut off is a lost connection`(start: String) async throws {
        try await withPeer { connection in
            _ = try await connection.readRequest()
            try await connection.write(start)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.customer(externalID: "c") }
            #expect(error?.label == "connection_lost", "\(error as Any)")
            #expect(error.map { "\($0)".hasPrefix("the connection to Lago ended before its answer did") } ?? false)
            #expect(error?.canRetryHelp == true)
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])
    func `a Lago that is slow is left at the deadline`(start: String) async throws {
        try await withPeer(deadline: .milliseconds(300)) { connection in
            _ = try await connection.readRequest()
            if !start.isEmpty { try await connection.write(start) }
            try await connection.readToEnd()
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.customers().all() }
            #expect(error?.label == "timed_out")
            #expect(error.map { "\($0)".hasPrefix("Lago did not answer in time") } ?? false)
            #expect(error?.canRetryHelp == true)
        }
    }

    @Test func `what speaks no HTTP is told apart`() async throws {
        try await withPeer { connection in
            _ = try await connection.readRequest()
            try await connection.write("220 mail.test ESMTP\r\n")
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.customer(externalID: "c") }
            #expect(error?.label == "bad_response")
            #expect(error.map { "\($0)".contains("does not speak HTTP") } ?? false)
        }
    }

    @Test func `current usage of an unknown customer is told from a call that Lago lacks`() async throws {
        try await withLago { _ in
            (404, [], #"{"status":404,"error":"Not Found","code":"resource_not_found"}"#)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) {
                try await lago.currentUsage(externalCustomerID: "c", externalSubscriptionID: "s")
            }
            #expect(error == .notFound(code: "resource_not_found"))
        }
    }
}
