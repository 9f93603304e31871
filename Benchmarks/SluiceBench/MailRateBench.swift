import Foundation
import Mail
import Settings
import Store
import Worker

/// Mails per second, with rendering and bookkeeping, beside Postfix's `smtp-source` against the same sink.
///
/// The mails are operator's alerts: no look at Lago is needed for them, so what is measured is the claim, the words, the
/// dialogue and the verdict on disk, by a worker in a process of its own. `smtp-source` sends as many bytes a mail in as
/// many sessions, and does nothing else. The budget is a ratio to `smtp-source` as it comes, with a connection for each
/// mail; beside it stands the harder one, to mail after mail on kept connections, as the worker's are.
struct MailRateBench {
    let folder: URL

    private static let mails = 10_000
    private static let sourceMails = 40_000

    func run() async throws {
        let sink = try await MailSinkProcess()
        try await sink.start()
        defer { sink.stop() }
        for sessions in [4, 16] {
            let folder = self.folder.appending(path: "\(sessions)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let measured = try await self.measure(folder, sessions, sink)
            for keepsConnections in [false, true] {
                let source = MailSource(sessions: sessions, size: measured.size, keepsConnections: keepsConnections)
                let rate = try source.run(Self.sourceMails, to: sink.port)
                print(
                    String(
                        format: "smtp-source, %2d sessions, %@: %.0f mails per second of %d bytes; sluice %.2f x that",
                        sessions,
                        keepsConnections ? "kept" : "one for each mail",
                        rate,
                        measured.size,
                        measured.perSecond / rate
                    )
                )
            }
        }
    }

    private typealias Measured = (perSecond: Double, size: Int)

    private func measure(_ folder: URL, _ sessions: Int, _ sink: MailSinkProcess) async throws -> Measured {
        let path = folder.appending(path: "sluice.db").path
        let store = try Store(path: path)
        try await Self.fill(store)
        let environment = sink.environment.merging(["SMTP_MAX_CONNECTIONS": "\(sessions)"]) { $1 }
        let server = try ServerUnderTest(folder: folder, role: "worker", environment: environment)
        try await server.start()
        defer { server.stop() }
        try await waiting(upTo: .seconds(300), for: "\(Self.mails) mails") { try await store.nextDueAt() == nil }
        let processor = Machine.processorTime(of: server.process.processIdentifier)
        let messages = try await store.messages(MessageFilter(state: .sent), limit: Self.mails)
        guard messages.count == Self.mails else {
            throw BenchError(description: "\(messages.count) of \(Self.mails) mails were sent")
        }
        let times = messages.compactMap(\.sentAt)
        let seconds = Double((times.max() ?? 0) - (times.min() ?? 0)) / 1000
        let perSecond = Double(Self.mails - 1) / max(seconds, 0.001)
        let size = try await Self.size(of: messages[0].id, store)
        try await store.close()
        print(
            String(
                format: "mails, %2d connections: %.0f per second, %.0f us of processor each, memory %.0f MiB",
                sessions,
                perSecond,
                processor / Double(Self.mails) * 1e6,
                Machine.residentMemory(of: server.process.processIdentifier)
            )
        )
        return (perSecond, size)
    }

    private static func fill(_ store: Store) async throws {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let arguments = try JSONEncoder().encode(
            AlertArguments(
                title: "An ended billing period is not invoiced",
                whatHappened: "The usage of a subscription was deducted from the live balance for 24 hours after its "
                    + "period ended, and no invoice of it was seen. It is no longer deducted.",
                whatToDo: "See in Lago whether the period's invoice failed, and finalize or regenerate it.",
                since: now
            )
        )
        try await store.write { transaction in
            for number in 0..<Self.mails {
                let message = NewMessage(
                    kind: "operator_alert",
                    customer: nil,
                    recipient: "operator\(number)@d\(number % 100).example.org",
                    fact: "bench/\(number)",
                    arguments: String(decoding: arguments, as: UTF8.self),
                    messageID: try MessageID.make("\(number)", domain: "example.com").rawValue
                )
                try transaction.queue(message, dueAt: 0, at: now)
            }
        }
    }

    /// Bytes of a mail as it went over the wire.
    private static func size(of message: Int64, _ store: Store) async throws -> Int {
        guard let sent = try await store.message(message), let id = MessageID(rawValue: sent.messageID) else {
            throw BenchError(description: "a mail that was sent is not there")
        }
        return try MailMessage(
            id: id,
            kind: sent.kind,
            date: sent.createdAt,
            from: Mailbox(name: "Example Billing", address: MailAddress("billing@example.com")),
            to: Mailbox(address: MailAddress(sent.recipient)),
            subject: sent.subject ?? "",
            text: sent.text ?? "",
            html: sent.html ?? ""
        ).bytes().count
    }
}
