import Foundation
import LagoEvents
import Sandbox
import Signatures
import Store

/// A month's end: 10,000 customers are billed at once, and each is mailed the invoice with its PDF.
///
/// All of `serve --role all` is in it: the webhooks, the looks at balances that they call for, the jobs that tell, Lago
/// asked for each invoice and its PDF, and the mail at Postfix's `smtp-sink`. The simulated Lago works on the same cores.
/// What counts is that the memory does not grow with the number of mails.
struct InvoiceRunBench {
    let folder: URL

    private static let customers = 10_000
    /// Bytes of a PDF.
    private static let fileSize = 20 << 10

    func run() async throws {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let sink = try await MailSinkProcess()
        try await sink.start()
        defer { sink.stop() }
        let setUp: (inout SandboxConfiguration) -> Void = {
            $0.customers = []
            $0.documentSize = Self.fileSize
        }
        try await withLago(try RSAPrivateKey(), configured: setUp) { lago in
            let customers = (0..<Self.customers).map { "c\($0)" }
            lago.sandbox.addCustomers(
                customers.enumerated().map { number, customer in
                    let email = "\(customer)@d\(number % 100).example.org"
                    return .init(externalID: customer, name: customer, email: email, credits: nil)
                }
            )
            for customer in customers { try lago.sandbox.recordUsage(customer: customer, units: "123") }
            try await self.measure(lago, sink)
        }
    }

    private func measure(_ lago: Lago, _ sink: MailSinkProcess) async throws {
        let environment = lago.environment.merging(sink.environment) { $1 }
            .merging(["LAGO_WEBHOOK_HMAC_KEY": lago.sandbox.keys.hmac, "LAGO_MAX_REQUESTS_PER_SECOND": "1000"]) { $1 }
        let server = try ServerUnderTest(folder: self.folder, environment: environment)
        try await server.start()
        defer { server.stop() }
        try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(server.port)/webhooks/lago", algorithm: .hmac)
        let store = try Store(path: self.folder.appending(path: "sluice.db").path, access: .command)
        try await waiting(upTo: .seconds(300), for: "the baseline") { try await store.reached(.baseline) != nil }
        let process = server.process.processIdentifier
        print(String(format: "invoice run: memory before %.0f MiB", Machine.residentMemory(of: process)))
        lago.sandbox.forgetRequests()
        let began = ContinuousClock.now
        lago.sandbox.advanceToBilling()
        var marks = [1_000, 2_500, 5_000, 7_500, Self.customers]
        try await waiting(upTo: .seconds(1_800), for: "\(Self.customers) invoices") {
            try await Task.sleep(for: .milliseconds(250))
            let sent = try await store.messageCount(kind: "invoice_issued", state: .sent)
            while let mark = marks.first, sent >= mark {
                print(String(format: "%6d mails: memory %.0f MiB", mark, Machine.residentMemory(of: process)))
                marks.removeFirst()
            }
            return marks.isEmpty
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let all = try await store.messages(MessageFilter(kind: "invoice_issued"), limit: .max)
        guard all.count == Self.customers, Set(all.map(\.recipient)).count == Self.customers else {
            throw BenchError(description: "\(all.count) invoices for \(Self.customers) customers")
        }
        print(
            String(
                format: "%d invoices with PDFs of %d KiB in %.0f s: %.0f per second, %d requests to Lago each",
                Self.customers,
                Self.fileSize >> 10,
                seconds,
                Double(Self.customers) / seconds,
                lago.sandbox.requestCount() / Self.customers
            )
        )
        try await store.close()
    }
}
