/// A small page that Sluice shows to someone who followed a link in a mail.
package enum Page: Hashable, Sendable {
    /// Asks before anything happens: a form that sends `POST` to `action`, the page's own address.
    case unsubscribeConfirm(kind: MessageKind, address: String, action: String)
    /// It has happened.
    case unsubscribeDone(kind: MessageKind, address: String)
    /// Asks whether automatic top-ups are to go on, by a form like the other.
    case resumeConfirm(action: String)
    case resumeDone
    /// The file of an invoice is being made: whoever answers with this page has it loaded again.
    case invoicePending
    /// There is no file of the invoice any more.
    case invoiceGone
    /// The link is too old, or was cut off: what to do instead.
    case linkExpired

    /// The template's name.
    var template: String {
        switch self {
        case .unsubscribeConfirm: "unsubscribe_confirm"
        case .unsubscribeDone: "unsubscribe_done"
        case .resumeConfirm: "resume_confirm"
        case .resumeDone: "resume_done"
        case .invoicePending: "invoice_pending"
        case .invoiceGone: "invoice_gone"
        case .linkExpired: "link_expired"
        }
    }

    static let templates = [
        "unsubscribe_confirm", "unsubscribe_done", "resume_confirm", "resume_done", "invoice_pending", "invoice_gone",
        "link_expired",
    ]
}

/// What a page's template sees.
struct PageView {
    let frame: FrameView
    let address: String?
    /// What the mails are about, in the reader's words.
    let topic: String?
    let action: String?

    init(_ page: Page, frame: FrameView, locale: NoticeLocale) {
        self.frame = frame
        switch page {
        case .unsubscribeConfirm(let kind, let address, let action):
            (self.address, self.topic, self.action) = (CleanText.line(address), kind.topic(in: locale), action)
        case .unsubscribeDone(let kind, let address):
            (self.address, self.topic, self.action) = (CleanText.line(address), kind.topic(in: locale), nil)
        case .resumeConfirm(let action):
            (self.address, self.topic, self.action) = (nil, nil, action)
        case .resumeDone, .invoicePending, .invoiceGone, .linkExpired:
            (self.address, self.topic, self.action) = (nil, nil, nil)
        }
    }
}

extension MessageKind {
    /// What an optional mail is about, as it follows "mails about" in the locale; the rest share a word.
    func topic(in locale: NoticeLocale) -> String {
        let words: (en: String, fr: String, de: String, es: String) =
            switch self {
            case .lowBalance:
                ("low balances", "les soldes faibles", "niedrige Guthaben", "saldos bajos")
            case .balanceRecovered:
                ("restored balances", "les soldes rétablis", "wieder aufgefüllte Guthaben", "saldos recuperados")
            case .subscriptionStarted:
                ("new subscriptions", "les nouveaux abonnements", "neue Abonnements", "nuevas suscripciones")
            case .trialEnded:
                ("ended trials", "les fins de période d’essai", "beendete Testphasen", "periodos de prueba terminados")
            case .usageThresholdReached:
                ("usage levels", "les seuils de consommation", "Nutzungsschwellen", "umbrales de consumo")
            case .creditsExpiring:
                ("expiring credits", "les crédits qui expirent", "ablaufende Credits", "créditos que caducan")
            case .customerDigest:
                (
                    "your account in summary", "le récapitulatif du compte", "Ihre Kontoübersicht",
                    "el resumen de su cuenta"
                )
            default:
                ("your account", "votre compte", "Ihr Konto", "su cuenta")
            }
        return switch locale {
        case .en: words.en
        case .fr: words.fr
        case .de: words.de
        case .es: words.es
        }
    }
}
