import LagoAPI
import TestSupport
import Testing

/// Asking for an invoice's PDF, and fetching it.
@Suite struct LagoDocumentTests {
    private static let amounts = [
        "fees", "taxes", "sub_total_excluding_taxes", "sub_total_including_taxes", "total",
    ].map { #""\#($0)_amount_cents":100"# }.joined(separator: ",")

    private static func invoice(file: String?, customer: Bool = true) -> String {
        let file = file.map { "\"\($0)\"" } ?? "null"
        let customer = customer ? #","customer":{"external_id":"c"}"# : ""
        return #"""
            {"invoice":{"lago_id":"i","number":"N-1","invoice_type":"credit","status":"finalized",
            "payment_status":"pending","currency":"EUR",\#(Self.amounts),"file_url":\#(file),
            "created_at":"2026-08-01T07:30:12Z"\#(customer)}}
            """#
    }

    @Test(arguments: ["", " \n", LagoDocumentTests.invoice(file: nil)])
    func `a document that is not made yet is none`(answer: String) async throws {
        try await withLago { request in
            #expect(request.method == "POST" && request.target == "/api/v1/invoices/i/download")
            return (200, [], answer)
        } during: { lago in
            let invoice = try await lago.downloadInvoice(id: "i")
            #expect(invoice == nil)
        }
    }

    @Test(arguments: [true, false])
    func `the invoice tells where its document is, whether or not the answer names the customer`(
        named: Bool
    ) async throws {
        let url = "http://localhost:3000/rails/active_storage/blobs/redirect/x/N-1.pdf"
        let requests = Record<String>()
        try await withLago { request in
            requests.add("\(request.method) \(request.target)")
            return (200, [], Self.invoice(file: url, customer: named || request.method == "GET"))
        } during: { lago in
            let invoice = try await lago.downloadInvoice(id: "i")
            #expect(invoice?.fileURL == url && invoice?.externalCustomerID == "c")
        }
        #expect(requests.all == ["POST /api/v1/invoices/i/download"] + (named ? [] : ["GET /api/v1/invoices/i"]))
    }

    @Test func `a draft has no document`() async throws {
        try await withLago { _ in
            (404, [], #"{"status":404,"error":"Not Found","code":"invoice_not_found"}"#)
        } during: { lago in
            await #expect(throws: LagoError.notFound(code: "invoice_not_found")) {
                try await lago.downloadInvoice(id: "i")
            }
        }
    }

    @Test func `a file is fetched from Lago and its storage without the key, wherever Lago thinks it is`() async throws
    {
        let seen = Record<String>()
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                seen.add("storage \(request.target) \(request.header("Authorization") ?? "no key")")
                try await connection.respond(body: Array("%PDF-1.7 bytes".utf8))
            }
        } during: { storage in
            let target = "http://127.0.0.1:\(storage.port)/bucket/a%2Fb.pdf?X-Signature=q%2Bz"
            try await withLago { request in
                seen.add("lago \(request.target) \(request.header("Authorization") ?? "no key")")
                let isFirst = request.target.contains("redirect")
                return (302, [("Location", isFirst ? "/rails/active_storage/disk/1" : target)], "")
            } during: { lago in
                let url = "http://localhost:3000/rails/active_storage/blobs/redirect/s--1/N.pdf?disposition=x"
                let file = try await lago.file(at: url)
                #expect(file == Array("%PDF-1.7 bytes".utf8))
                #expect(lago.time == nil, "a storage's time is not Lago's")
            }
        }
        #expect(
            seen.all == [
                "lago /rails/active_storage/blobs/redirect/s--1/N.pdf?disposition=x no key",
                "lago /rails/active_storage/disk/1 no key", "storage /bucket/a%2Fb.pdf?X-Signature=q%2Bz no key",
            ]
        )
    }

    @Test(arguments: [
        (200, "<html>", LagoError.file(.notPDF)), (200, "", .file(.notPDF)), (204, "", .file(.notPDF)),
        (403, "", .file(.refused(status: 403))), (404, "", .file(.refused(status: 404))),
        (302, "", .file(.noAddress)), (503, "", .server(status: 503)),
        (200, "%PDF-" + String(repeating: "x", count: LagoClient.maximumFileSize), .file(.tooLarge)),
    ])
    func `what is no document is an error`(status: Int, body: String, expected: LagoError) async throws {
        try await withLago { _ in
            (status, [], body)
        } during: { lago in
            let url = "http://localhost:3000/rails/active_storage/x.pdf"
            let error = await #expect(throws: LagoError.self) { try await lago.file(at: url) }
            #expect(error == expected, "\(error as Any)")
        }
    }

    @Test(arguments: [
        ("file:///etc/passwd", LagoError.FileFault.noAddress), ("", .noAddress), ("ftp://x/rails/y.pdf", .noAddress),
        ("/rails/active_storage/loop", .tooManyRedirects),
    ])
    func `an address leads to the web, and somewhere`(target: String, fault: LagoError.FileFault) async throws {
        try await withLago { _ in
            (302, [("Location", target)], "")
        } during: { lago in
            let url = "http://localhost:3000/rails/active_storage/x.pdf"
            await #expect(throws: LagoError.file(fault)) { try await lago.file(at: url) }
            if !target.hasPrefix("/") {
                await #expect(throws: LagoError.file(fault)) { try await lago.file(at: target) }
            }
        }
    }
}
