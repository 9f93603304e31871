/// What one transfer has brought so far. libcurl's callbacks write here, all on the engine's thread.
final class Collector {
    /// libcurl bounds one header line, not their sum.
    private static let maximumHeaderSize = 256 << 10

    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    /// The last whole reply of an SMTP server to the last command; nil from the command on until it is whole.
    private(set) var reply: SMTPReply?
    private(set) var stage = SMTPStage.greeting
    private(set) var isTooLarge = false
    /// Whether the empty line came that ends the headers. libcurl counts an answer that breaks off before as whole.
    private(set) var isHeadWhole = false
    private(set) var requestLeft = false
    /// Whether the request was ready to leave, and its time had passed.
    private(set) var cameTooLate = false
    /// Whether the mail is to be broken off: libcurl is told at the next occasion.
    private(set) var isAbandoned = false
    /// Called once when the mail is abandoned.
    var whenAbandoned: () -> Void = {}

    private let leavesBefore: ContinuousClock.Instant?
    private let maximumBodySize: Int
    let isMail: Bool
    /// What is still to be sent of a mail.
    private var unsent: ArraySlice<UInt8>
    private let isGivenUp: () -> Bool
    private var headerSize = 0
    private var isQuitting = false
    private var replyLines: [String] = []

    /// - Parameter leavesBefore: later than this a request does not leave.
    init(maximumBodySize: Int, leavesBefore: ContinuousClock.Instant) {
        self.maximumBodySize = maximumBodySize
        self.leavesBefore = leavesBefore
        self.unsent = []
        self.isMail = false
        self.isGivenUp = { false }
    }

    /// - Parameter isGivenUp: whether nobody waits for the mail any more; asked often, also while libcurl stands still.
    init(message: [UInt8], isGivenUp: @escaping () -> Bool) {
        self.leavesBefore = nil
        self.isGivenUp = isGivenUp
        self.maximumBodySize = 0
        self.unsent = message[...]
        self.isMail = true
    }

    /// Whether the request, which is ready to, may leave now.
    func leave() -> Bool {
        self.cameTooLate = self.leavesBefore.map { ContinuousClock.now > $0 } ?? false
        if !self.cameTooLate { self.requestLeft = true }
        return !self.cameTooLate
    }

    /// Takes a piece of the body; false ends the transfer.
    func takeBody(_ bytes: some Collection<UInt8>) -> Bool {
        self.isTooLarge = bytes.count > self.maximumBodySize - self.body.count
        if !self.isTooLarge { self.body.append(contentsOf: bytes) }
        return !self.isTooLarge
    }

    /// Takes one header line of HTTP, or one line of an SMTP reply; false ends the transfer.
    func takeLine(_ bytes: some Collection<UInt8>) -> Bool {
        self.headerSize += bytes.count
        self.isTooLarge = self.headerSize > Self.maximumHeaderSize
        guard !self.isTooLarge else { return false }
        var text = String(decoding: bytes, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        if self.isMail { self.takeReplyLine(text) } else { self.takeHeaderLine(text) }
        return true
    }

    private func takeHeaderLine(_ line: String) {
        if line.hasPrefix("HTTP/") {
            self.headers = []  // an interim answer came before
            self.isHeadWhole = false
        } else if line.isEmpty {
            self.isHeadWhole = true
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { $0 != " " && $0 != "\t" }
            self.headers.append((String(line[..<colon]), String(end.map { value[...$0] } ?? "")))
        }
    }

    private func takeReplyLine(_ line: String) {
        guard !self.isQuitting, let code = Int(line.prefix(3)), line.utf8.count >= 3 else { return }
        let rest = line.dropFirst(3)
        self.replyLines.append(String(rest.dropFirst()))
        if !rest.hasPrefix("-") {
            self.reply = SMTPReply(code: code, text: self.replyLines.joined(separator: "\n"))
            self.replyLines = []
        }
    }

    /// Notes what was said to an SMTP server. Lines that are no command, as those after AUTH, change nothing.
    ///
    /// - Returns: whether it was QUIT, after which nothing is of interest any more.
    func noteCommand(_ bytes: some Collection<UInt8>) -> Bool {
        let verb = String(decoding: bytes.prefix(10), as: UTF8.self).uppercased()
        if verb.hasPrefix("QUIT") {
            self.isQuitting = true
        } else {
            self.stage = Self.stages.first { verb.hasPrefix($0.verb) }?.stage ?? self.stage
            self.reply = nil
        }
        return self.isQuitting
    }

    /// Whether libcurl is to break the mail off.
    func mustEnd() -> Bool {
        if !self.isAbandoned, self.isGivenUp() { self.abandon() }
        return self.isAbandoned
    }

    func abandon() {
        self.isAbandoned = true
        self.whenAbandoned()
    }

    /// Takes the next `count` bytes of the mail, or what is left of them.
    func nextPiece(upTo count: Int) -> ArraySlice<UInt8> {
        self.requestLeft = true
        let piece = self.unsent.prefix(count)
        self.unsent = self.unsent.dropFirst(count)
        return piece
    }

    private static let stages: [(verb: String, stage: SMTPStage)] = [
        ("EHLO", .hello), ("HELO", .hello), ("STARTTLS", .startTLS), ("AUTH ", .auth), ("MAIL FROM:", .sender),
        ("RCPT TO:", .recipient), ("DATA", .data),
    ]
}
