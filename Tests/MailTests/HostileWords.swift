import Notices
import TestSupport

/// Texts that somebody might send to do harm, the same for the same seed.
struct HostileWords {
    var random: SplitMix64

    /// No markup of ours has this name, and none of ours this attribute.
    static let markup = ["<zz", "</zz", "\" onzz=", "' onzz=", "zz<b>", "zz--><"]
    static let brand = "Brand Of Ours"
    /// What a template of this brand would make of tags among `pieces`, if it took values for templates.
    static let filledIn = "zz\(Self.brand)zz"

    private static let pieces = [
        "\r\nBcc: eve@evil.test", "\nX-Evil: 1", "\r", "\n", "\r\n\r\n<zz>", "\r\n.\r\nQUIT\r\n", "\u{0}", "\u{7f}",
        "\u{1b}[31m", "\u{202E}", "\u{2066}", "\u{2069}", "\u{200F}", "\u{2028}", "\u{2029}", "\u{85}", "\u{0b}",
        "\u{FEFF}", "\u{AD}", "=?utf-8?q?=0D=0ABcc:_eve@evil.test?=", "=?utf-8?b?DQpCY2M6IGV2ZUBldmlsLnRlc3Q=?=", "=?",
        "?=", ",", ";", ":", "\"", "'", "\\", "\\\"", "`", "(a comment)", "<eve@evil.test>", ", eve@evil.test", "@",
        "<zz onzz=1>", "\" onzz=\"1", "' onzz='1", "</title></zz><zz>", "zz--><zz>", "&lt;zz&gt;", "&#60;zz&#62;",
        "zz<b>",
        "<zz\u{301}>", "\"\u{301} onzz=\"1", "zz{{brand.name}}zz", "zz{{{brand.name}}}zz", "zz{{&brand.name}}zz",
        "{{> footer.html}}",
        "{{#brand}}", "{{/brand}}", "{{", "}}", "{{! ", "{{% CONTENT_TYPE: TEXT}}", "--=_", "--=+", "=", "=3D", "é",
        "漢字", "עברית", "👩‍👩‍👧", "\u{301}\u{301}\u{301}", "\u{600}", "\u{FFFD}", "\u{10FFFF}", "  ", "\t", "\u{A0}", "INV-1",
        "Ada", "%0d%0aBcc:%20eve@evil.test", "%s%n", "../../etc/passwd", "javascript:alert(1)",
    ]

    init(seed: UInt64) { self.random = SplitMix64(seed: seed) }

    /// Some pieces, at times among ten thousand letters.
    mutating func text() -> String {
        var text = ""
        for _ in 0..<self.random.int(1...6) { text += self.random.element(of: Self.pieces) ?? "" }
        guard self.random.chance(8) else { return text }
        let letter = self.random.element(of: ["x", "é", "漢", "<", "\"", "=", "\u{301}", "x "]) ?? "x"
        let many = String(repeating: letter, count: 10_000)
        return self.random.chance(2) ? text + many : many + text
    }

    /// A provider's link: what no link can hold is refused where Lago's answer is read.
    private mutating func link() -> String {
        let text = self.text().unicodeScalars.filter { scalar in
            ("!"..."\u{10FFFF}").contains(scalar) && !scalar.properties.isDefaultIgnorableCodePoint
                && !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
        }
        return "https://pay.example/" + String(String.UnicodeScalarView(text)).prefix(500)
    }

    private mutating func payment() -> Notice.Payment {
        self.random.chance(2)
            ? Notice.Payment(url: self.link()) : Notice.Payment(url: nil, instructions: [self.text(), self.text()])
    }

    private mutating func document() -> Notice.Document {
        self.random.chance(2) ? .link(self.link()) : .attached
    }
}

// MARK: - In notices

extension HostileWords {
    /// The notice, with every text in it replaced.
    mutating func spoil(_ notice: Notice) -> Notice {
        self.spoilBalance(notice) ?? self.spoilTopUp(notice) ?? self.spoilInvoice(notice)
            ?? self.spoilSubscription(notice) ?? self.spoilDigest(notice) ?? notice
    }

    private mutating func spoilBalance(_ notice: Notice) -> Notice? {
        switch notice {
        case .lowBalance(var notice):
            (notice.customerName, notice.billingURL) = (self.text(), self.link())
            return .lowBalance(notice)
        case .balanceRecovered(var notice):
            (notice.customerName, notice.billingURL) = (self.text(), self.link())
            return .balanceRecovered(notice)
        case .walletTerminated(var notice):
            (notice.customerName, notice.walletName, notice.billingURL) = (self.text(), self.text(), self.link())
            return .walletTerminated(notice)
        case .creditsExpiring(var notice):
            (notice.customerName, notice.billingURL) = (self.text(), self.link())
            return .creditsExpiring(notice)
        default: return nil
        }
    }

    private mutating func spoil(_ topUp: Notice.TopUp) -> Notice.TopUp {
        var topUp = topUp
        (topUp.customerName, topUp.invoiceNumber, topUp.billingURL) = (self.text(), self.text(), self.link())
        return topUp
    }

    private mutating func spoilTopUp(_ notice: Notice) -> Notice? {
        switch notice {
        case .topUpSucceeded(var notice):
            (notice.topUp, notice.invoiceURL) = (self.spoil(notice.topUp), self.link())
            return .topUpSucceeded(notice)
        case .topUpFailed(var notice):
            (notice.topUp, notice.detail, notice.payment) = (self.spoil(notice.topUp), self.text(), self.payment())
            return .topUpFailed(notice)
        case .topUpActionRequired(var notice):
            (notice.topUp, notice.payment, notice.invoiceURL) = (self.spoil(notice.topUp), self.payment(), self.link())
            return .topUpActionRequired(notice)
        case .topUpPaused(var notice):
            (notice.topUp, notice.resumeURL, notice.payment) = (self.spoil(notice.topUp), self.link(), self.payment())
            return .topUpPaused(notice)
        case .topUpLimit(var notice):
            (notice.customerName, notice.billingURL) = (self.text(), self.link())
            return .topUpLimit(notice)
        default: return nil
        }
    }

    private mutating func spoil(_ invoice: Notice.Invoice) -> Notice.Invoice {
        var invoice = invoice
        (invoice.customerName, invoice.number) = (self.text(), self.text())
        (invoice.document, invoice.billingURL) = (self.document(), self.link())
        return invoice
    }

    private mutating func spoilInvoice(_ notice: Notice) -> Notice? {
        switch notice {
        case .invoiceIssued(var notice):
            (notice.invoice, notice.settlement) = (self.spoil(notice.invoice), .due(self.payment()))
            for index in notice.lines.indices { notice.lines[index].name = self.text() }
            return .invoiceIssued(notice)
        case .paymentReceived(var notice):
            notice.invoice = self.spoil(notice.invoice)
            return .paymentReceived(notice)
        case .paymentFailed(var notice):
            (notice.invoice, notice.detail, notice.payment) = (self.spoil(notice.invoice), self.text(), self.payment())
            return .paymentFailed(notice)
        case .paymentActionRequired(var notice):
            (notice.invoice, notice.payment) = (self.spoil(notice.invoice), self.payment())
            return .paymentActionRequired(notice)
        case .paymentOverdue(var notice):
            (notice.invoice, notice.payment) = (self.spoil(notice.invoice), self.payment())
            return .paymentOverdue(notice)
        case .invoiceVoided(var notice):
            notice.invoice = self.spoil(notice.invoice)
            return .invoiceVoided(notice)
        case .creditNoteIssued(var notice):
            (notice.customerName, notice.number, notice.invoiceNumber) = (self.text(), self.text(), self.text())
            (notice.document, notice.billingURL) = (self.document(), self.link())
            return .creditNoteIssued(notice)
        default: return nil
        }
    }

    private mutating func spoil(_ subscription: Notice.Subscription) -> Notice.Subscription {
        var subscription = subscription
        (subscription.customerName, subscription.planName) = (self.text(), self.text())
        subscription.billingURL = self.link()
        return subscription
    }

    private mutating func spoilSubscription(_ notice: Notice) -> Notice? {
        switch notice {
        case .subscriptionStarted(var notice):
            notice.subscription = self.spoil(notice.subscription)
            return .subscriptionStarted(notice)
        case .subscriptionEnding(var notice):
            notice.subscription = self.spoil(notice.subscription)
            return .subscriptionEnding(notice)
        case .subscriptionEnded(var notice):
            (notice.subscription, notice.nextPlanName) = (self.spoil(notice.subscription), self.text())
            return .subscriptionEnded(notice)
        case .trialEnded(var notice):
            notice.subscription = self.spoil(notice.subscription)
            return .trialEnded(notice)
        case .usageThresholdReached(var notice):
            (notice.subscription, notice.thresholdName) = (self.spoil(notice.subscription), self.text())
            return .usageThresholdReached(notice)
        default: return nil
        }
    }

    private mutating func spoilDigest(_ notice: Notice) -> Notice? {
        switch notice {
        case .customerDigest(var notice):
            (notice.customerName, notice.billingURL) = (self.text(), self.link())
            for index in notice.entries.indices { notice.entries[index].title = self.text() }
            return .customerDigest(notice)
        case .signInLink(var notice):
            (notice.customerName, notice.url) = (self.text(), self.link())
            return .signInLink(notice)
        case .operatorDigest(var notice):
            notice.link = self.link()
            for index in notice.groups.indices {
                notice.groups[index].title = self.text()
                for entry in notice.groups[index].entries.indices {
                    notice.groups[index].entries[entry].text = self.text()
                    notice.groups[index].entries[entry].link = self.link()
                }
            }
            return .operatorDigest(notice)
        case .operatorAlert(var notice):
            (notice.title, notice.whatHappened) = (self.text(), self.text())
            (notice.whatToDo, notice.link) = (self.text(), self.link())
            return .operatorAlert(notice)
        default: return nil
        }
    }
}
