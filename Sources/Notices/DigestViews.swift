private import Money

/// `customer_digest`.
struct CustomerDigestView {
    struct Entry {
        let heading: String
        let time: String
    }

    let frame: FrameView
    let customer: String?
    /// `4 more messages`: how many mails this one stands for.
    let count: String
    let entries: [Entry]
    /// `and 3 more`; nil where all are listed.
    let rest: String?
    let link: String

    init(_ notice: Notice.CustomerDigest, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.customer = CleanText.line(notice.customerName)
        self.count = format.countedMessages(notice.entries.count + notice.more)
        self.entries = notice.entries.map { entry in
            Entry(heading: CleanText.line(entry.title) ?? "-", time: format.dateTime(entry.at, zone: notice.zone))
        }
        self.rest = notice.more > 0 ? format.andMore(notice.more) : nil
        self.link = notice.billingURL
    }
}

/// `operator_digest`.
struct OperatorDigestView {
    struct Entry {
        let what: String
        let time: String
        /// Not named `link`: where it is nil, Mustache would find the digest's own.
        let page: String?
    }

    struct Group {
        let heading: String
        /// `5 times`.
        let times: String
        let entries: [Entry]
        /// `and 10 times before`; nil where all are listed.
        let rest: String?

        init(_ group: Notice.OperatorDigest.Group, format: NoticeFormat) {
            self.heading = CleanText.line(group.title) ?? "-"
            self.times = format.times(group.count)
            self.entries = group.entries.map { entry in
                let what = CleanText.line(entry.text, limit: 500) ?? "-"
                return Entry(what: what, time: format.dateTime(entry.at), page: entry.link)
            }
            let rest = group.count - group.entries.count
            self.rest = rest > 0 ? format.andEarlier(rest) : nil
        }
    }

    let frame: FrameView
    /// `7 things to look at`.
    let count: String
    /// The titles of the first two groups, and a mark where there are more.
    let topics: String
    let since: String
    let groups: [Group]
    let link: String?

    init(_ notice: Notice.OperatorDigest, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.count = format.countedThings(notice.groups.reduce(0) { $0 + $1.count })
        self.groups = notice.groups.map { Group($0, format: format) }
        let topics = notice.groups.prefix(2).map { CleanText.line($0.title, limit: 60) ?? "-" }
        self.topics = topics.joined(separator: ", ") + (notice.groups.count > 2 ? ", …" : "")
        self.since = format.dateTime(notice.since)
        self.link = notice.link
    }
}

/// `sign_in_link`.
struct SignInLinkView {
    let frame: FrameView
    let customer: String?
    let goodFor: String
    /// Signs in.
    let link: String

    init(_ notice: Notice.SignInLink, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.customer = CleanText.line(notice.customerName)
        self.goodFor = format.exactDuration(notice.goodFor)
        self.link = notice.url
    }
}

extension NoticeFormat {
    private func counted(_ count: Int) -> String { self.number(FixedDecimal(units: Int64(count) * 100_000)) }

    /// As it stands before "about your account".
    fileprivate func countedMessages(_ count: Int) -> String {
        let number = self.counted(count)
        return count == 1
            ? self.say("1 more message", "1 autre message", "1 weitere Mitteilung", "1 aviso más")
            : self.say(
                "\(number) more messages",
                "\(number) autres messages",
                "\(number) weitere Mitteilungen",
                "\(number) avisos más"
            )
    }

    fileprivate func andMore(_ count: Int) -> String {
        let number = self.counted(count)
        return self.say(
            "and \(number) more",
            count == 1 ? "et 1 autre" : "et \(number) autres",
            count == 1 ? "und 1 weitere" : "und \(number) weitere",
            "y \(number) más"
        )
    }

    fileprivate func andEarlier(_ count: Int) -> String {
        let times = self.times(count)
        return self.say("and \(times) before", "et \(times) auparavant", "und davor \(times)", "y \(times) antes")
    }

    fileprivate func times(_ count: Int) -> String {
        let number = self.counted(count)
        return self.say(
            count == 1 ? "once" : "\(number) times",
            count == 1 ? "une fois" : "\(number) fois",
            count == 1 ? "einmal" : "\(number)-mal",
            count == 1 ? "una vez" : "\(number) veces"
        )
    }

    fileprivate func countedThings(_ count: Int) -> String {
        let number = self.counted(count)
        return count == 1
            ? self.say("1 thing to look at", "1 point à examiner", "1 Punkt zu prüfen", "1 asunto por revisar")
            : self.say(
                "\(number) things to look at",
                "\(number) points à examiner",
                "\(number) Punkte zu prüfen",
                "\(number) asuntos por revisar"
            )
    }
}
