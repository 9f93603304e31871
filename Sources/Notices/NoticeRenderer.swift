private import Mustache

/// The words of a message.
package struct RenderedNotice: Hashable, Sendable {
    /// One line, without a line break.
    package let subject: String
    package let text: String
    package let html: String
    package let locale: NoticeLocale
}

/// Turns notices into words, in every locale, with the built-in templates and the operator's.
///
/// A renderer that could be made renders: each template was parsed, its tags were compared with what its view holds, and
/// each notice was rendered once, with everything in it and with the least.
package struct NoticeRenderer: Sendable {
    /// What is built in: the names of the templates of notices, one for each kind that has one.
    private static let notices: [MessageKind] = [
        .lowBalance, .balanceRecovered, .operatorAlert, .topUpSucceeded, .topUpFailed, .topUpActionRequired,
        .topUpPaused, .topUpLimit,
        .invoiceIssued, .paymentReceived, .paymentFailed, .paymentActionRequired, .paymentOverdue, .invoiceVoided,
        .creditNoteIssued,
        .subscriptionStarted, .subscriptionEnding, .subscriptionEnded, .trialEnded, .usageThresholdReached,
        .walletTerminated, .creditsExpiring,
        .customerDigest, .signInLink, .operatorDigest,
    ]

    private let brand: Brand
    private let mail: [NoticeLocale: MustacheLibrary]
    private let pages: [NoticeLocale: MustacheLibrary]

    /// - Parameter defaultLocale: whose templates stand in where a translation is missing.
    /// - Throws: `TemplateError`, which names the file and, where it can, the line.
    package init(brand: Brand, overrides: TemplateOverrides = .none, defaultLocale: NoticeLocale = .en)
        throws(TemplateError)
    {
        self.brand = brand
        var mail: [NoticeLocale: MustacheLibrary] = [:]
        var pages: [NoticeLocale: MustacheLibrary] = [:]
        for locale in NoticeLocale.allCases {
            let mailSource = TemplateSource(area: "mail", locale: locale, fallback: defaultLocale, overrides: overrides)
            let pageSource = TemplateSource(
                area: "pages",
                locale: locale,
                fallback: defaultLocale,
                overrides: overrides
            )
            try Self.checkMail(mailSource, locale: locale)
            try Self.checkPages(pageSource, locale: locale)
            mail[locale] = try Self.library(mailSource)
            pages[locale] = try Self.library(pageSource)
        }
        self.mail = mail
        self.pages = pages
        for locale in NoticeLocale.allCases {
            for notice in Notice.samples {
                _ = try self.render(notice, locale: locale, unsubscribeURL: nil)
                _ = try self.render(notice, locale: locale, unsubscribeURL: "https://billing.example.com/u/token")
            }
        }
    }

    /// Which kinds have templates.
    package static var kinds: [MessageKind] { Self.notices }

    /// Renders a notice.
    ///
    /// - Parameter unsubscribeURL: the page to unsubscribe on; left out of kinds that cannot be unsubscribed.
    /// - Throws: `TemplateError` when the subject comes out empty, which an operator's template could do.
    package func render(_ notice: Notice, locale: NoticeLocale, unsubscribeURL: String?) throws(TemplateError)
        -> RenderedNotice
    {
        let frame = self.frame(locale, unsubscribeLink: notice.kind.isOptional ? unsubscribeURL : nil)
        let view = Self.view(of: notice, frame: frame, format: NoticeFormat(locale))
        var parts: [String] = []
        for part in ["subject", "text", "html"] {
            parts.append(try Self.render("\(notice.kind.rawValue).\(part)", view, from: self.mail[locale]))
        }
        let subject = parts[0].split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !subject.isEmpty else {
            throw TemplateError(file: "\(notice.kind.rawValue).subject", message: "the subject comes out empty")
        }
        return RenderedNotice(subject: subject, text: Self.tidied(parts[1]), html: parts[2], locale: locale)
    }

    /// Renders a page as a whole HTML document.
    ///
    /// Its styles are inside it: a Content-Security-Policy must allow inline styles, and need allow no script.
    package func page(_ page: Page, locale: NoticeLocale) throws(TemplateError) -> String {
        let view = PageView(page, frame: self.frame(locale, unsubscribeLink: nil), locale: locale)
        return try Self.render("\(page.template).html", view, from: self.pages[locale])
    }

    private func frame(_ locale: NoticeLocale, unsubscribeLink: String?) -> FrameView {
        FrameView(language: locale.rawValue, brand: .init(self.brand), unsubscribeLink: unsubscribeLink)
    }

    private static func view(of notice: Notice, frame: FrameView, format: NoticeFormat) -> Any {
        switch notice {
        case .lowBalance(let notice): LowBalanceView(notice, frame: frame, format: format)
        case .balanceRecovered(let notice): BalanceRecoveredView(notice, frame: frame, format: format)
        case .topUpSucceeded(let notice): TopUpSucceededView(notice, frame: frame, format: format)
        case .topUpFailed(let notice): TopUpFailedView(notice, frame: frame, format: format)
        case .topUpActionRequired(let notice): TopUpActionRequiredView(notice, frame: frame, format: format)
        case .topUpPaused(let notice): TopUpPausedView(notice, frame: frame, format: format)
        case .topUpLimit(let notice): TopUpLimitView(notice, frame: frame, format: format)
        case .invoiceIssued(let notice): InvoiceIssuedView(notice, frame: frame, format: format)
        case .paymentReceived(let notice): PaymentReceivedView(notice, frame: frame, format: format)
        case .paymentFailed(let notice): PaymentFailedView(notice, frame: frame, format: format)
        case .paymentActionRequired(let notice): PaymentActionRequiredView(notice, frame: frame, format: format)
        case .paymentOverdue(let notice): PaymentOverdueView(notice, frame: frame, format: format)
        case .invoiceVoided(let notice): InvoiceVoidedView(notice, frame: frame, format: format)
        case .creditNoteIssued(let notice): CreditNoteIssuedView(notice, frame: frame, format: format)
        case .subscriptionStarted(let notice): SubscriptionStartedView(notice, frame: frame, format: format)
        case .subscriptionEnding(let notice): SubscriptionEndingView(notice, frame: frame, format: format)
        case .subscriptionEnded(let notice): SubscriptionEndedView(notice, frame: frame, format: format)
        case .trialEnded(let notice): TrialEndedView(notice, frame: frame, format: format)
        case .usageThresholdReached(let notice): UsageThresholdReachedView(notice, frame: frame, format: format)
        case .walletTerminated(let notice): WalletTerminatedView(notice, frame: frame, format: format)
        case .creditsExpiring(let notice): CreditsExpiringView(notice, frame: frame, format: format)
        case .customerDigest(let notice): CustomerDigestView(notice, frame: frame, format: format)
        case .signInLink(let notice): SignInLinkView(notice, frame: frame, format: format)
        case .operatorDigest(let notice): OperatorDigestView(notice, frame: frame, format: format)
        case .operatorAlert(let notice): OperatorAlertView(notice, frame: frame, format: format)
        }
    }

    private static func render(_ template: String, _ view: Any, from library: MustacheLibrary?) throws(TemplateError)
        -> String
    {
        guard let text = library?.render(view, withTemplate: template) else {
            throw TemplateError(file: template, message: "there is no such template")
        }
        return text
    }

    /// No more than one empty line in a row, none at the end: sections that show nothing leave theirs behind.
    private static func tidied(_ text: String) -> String {
        var lines: [Substring] = []
        // A line feed is a character of its own unless a carriage return comes before it; bytes are parted faster.
        let all =
            text.utf8.contains(0x0d)
            ? text.split(separator: "\n", omittingEmptySubsequences: false)
            : text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map(Substring.init)
        for line in all {
            let isBlank = line.allSatisfy(\.isWhitespace)
            if !isBlank || lines.last.map({ !$0.isEmpty }) ?? false { lines.append(isBlank ? "" : line) }
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: - At the start

    private static func checkMail(_ source: TemplateSource, locale: NoticeLocale) throws(TemplateError) {
        let check = try TemplateCheck(source: source)
        let frame = FrameView.complete(locale)
        for notice in Notice.samples.prefix(Self.notices.count) {
            let view = Self.view(of: notice, frame: frame, format: NoticeFormat(locale))
            for part in ["subject", "text", "html"] {
                try check.check("\(notice.kind.rawValue).\(part)", view: view)
            }
        }
    }

    private static func checkPages(_ source: TemplateSource, locale: NoticeLocale) throws(TemplateError) {
        let page = Page.unsubscribeConfirm(kind: .lowBalance, address: "ada@example.com", action: "/u/token")
        let view = PageView(page, frame: .complete(locale), locale: locale)
        let check = try TemplateCheck(source: source)
        for name in Page.templates { try check.check("\(name).html", view: view) }
    }

    private static func library(_ source: TemplateSource) throws(TemplateError) -> MustacheLibrary {
        HTMLText.register()
        var library = MustacheLibrary()
        for (name, file) in source.files.sorted(by: { $0.key < $1.key }) {
            let head = name.hasSuffix(".html") ? HTMLText.head : ""
            do {
                try library.register(head + file.text, named: name)
            } catch let error as MustacheTemplate.ParserError {
                let line = error.context.lineNumber - (head.isEmpty ? 0 : 1)
                throw TemplateError(file: file.path, line: line, message: "\(error.error)")
            } catch {
                throw TemplateError(file: file.path, message: "\(error)")
            }
        }
        return library
    }
}

extension FrameView {
    /// A frame in which nothing is missing.
    fileprivate static func complete(_ locale: NoticeLocale) -> FrameView {
        FrameView(
            language: locale.rawValue,
            brand: .init(Brand(name: "Example", logoURL: "https://example.com/logo.png", footer: ["Example Ltd"])),
            unsubscribeLink: "https://billing.example.com/u/token"
        )
    }
}
