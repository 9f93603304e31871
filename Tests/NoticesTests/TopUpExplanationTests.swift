import Money
import Notices
import Rules
import Testing

/// Why nothing was charged, in every language, word for word. Blanks that do not break are written as `_`, narrow ones
/// as `~`.
@Suite struct TopUpExplanationTests {
    private static func facts() throws -> TopUpExplanation.Facts {
        let euro = try #require(Currency("EUR"))
        return TopUpExplanation.Facts(
            currency: euro,
            threshold: FixedDecimal(units: 1_000_000),
            cooldown: .seconds(3600),
            maxPerDay: 3,
            maxPerMonth: Amount(minorUnits: 50_000, currency: euro),
            nextLookAt: 1_795_356_300_000,
            shadowed: Amount(minorUnits: 5_000, currency: euro)
        )
    }

    private func visible(_ text: String) -> String {
        text.replacing("\u{A0}", with: "_").replacing("\u{202F}", with: "~")
    }

    @Test(arguments: TopUpReason.allCases)
    func `every reason has one short sentence in each language`(reason: TopUpReason) throws {
        let explanation = try #require(TopUpExplanation(reason: reason.rawValue, facts: Self.facts()))
        let sentences = NoticeLocale.allCases.map { self.visible(NoticeFormat($0).sentence(explanation)) }
        #expect(Set(sentences).count == 4)
        for sentence in sentences {
            #expect(sentence.hasSuffix(".") && sentence.count < 120 && sentence.first?.isUppercase == true)
            #expect(!sentence.dropLast().contains(". "), "\(sentence) is more than one")
        }
        let expected = try #require(Self.golden[reason])
        #expect(sentences == expected)
    }

    @Test func `reasons are told apart`() throws {
        let facts = try Self.facts()
        for locale in NoticeLocale.allCases {
            let told = TopUpReason.allCases.compactMap { TopUpExplanation(reason: $0.rawValue, facts: facts) }
                .map(NoticeFormat(locale).sentence)
            #expect(Set(told).count == TopUpReason.allCases.count)
        }
        #expect(TopUpExplanation(reason: "whatever", facts: facts) == nil)
    }

    @Test func `a value that is missing leaves a sentence that is whole`() throws {
        let bare = TopUpExplanation.Facts(
            currency: try #require(Currency("EUR")),
            cooldown: .seconds(5400),
            maxPerDay: 1
        )
        let told = ["above_threshold", "monthly_limit", "decline_backoff", "shadow", "cooldown"]
            .compactMap { TopUpExplanation(reason: $0, facts: bare) }
            .map { self.visible(NoticeFormat(.en).sentence($0)) }
        #expect(
            told == [
                "The balance is high enough.", "The monthly limit is reached.",
                "The last payment failed; it will be tried again later.", "This is a trial run: nothing is charged.",
                "The last top-up was less than 90_minutes ago.",
            ]
        )
    }

    @Test func `who switches it on is told what will happen`() throws {
        let euro = try #require(Currency("EUR"))
        let fixed = TopUpPlan(
            threshold: FixedDecimal(units: 1_000_000),
            purchase: .credits(FixedDecimal(units: 5_000_000)),
            maxPerDay: 3,
            maxPerMonth: Amount(minorUnits: 50_000, currency: euro),
            now: Amount(minorUnits: 5_000, currency: euro)
        )
        #expect(
            NoticeLocale.allCases.map { self.visible(NoticeFormat($0).sentence(fixed)) } == [
                "When your balance is at 10_credits or less, 50_credits will be bought. At most 3 times a day, and €500.00 a month. Your balance is there already: €50.00 will be charged at once.",
                "Quand votre solde est de 10_crédits ou moins, l’achat de 50_crédits est lancé. Au plus 3 fois par jour, et 500,00_€ par mois. Votre solde y est déjà : 50,00_€ seront débités immédiatement.",
                "Wenn Ihr Guthaben bei 10_Credits oder darunter liegt, wird es um 50_Credits aufgeladen. Höchstens 3-mal am Tag und 500,00_€ im Monat. Ihr Guthaben liegt schon dort: 50,00_€ werden sofort abgebucht.",
                "Cuando su saldo sea de 10_créditos o menos, se recargará con 50_créditos. Como máximo, 3 veces al día y 500,00_€ al mes. Su saldo ya está en ese nivel: se cobrarán 50,00_€ de inmediato.",
            ]
        )
        let refill = TopUpPlan(
            threshold: FixedDecimal(units: 0),
            purchase: .target(FixedDecimal(units: 10_000_000)),
            maxPerDay: 2
        )
        #expect(
            NoticeLocale.allCases.map { self.visible(NoticeFormat($0).sentence(refill)) } == [
                "When your balance is at 0_credits or less, it will be topped up to 100_credits. At most 2 times a day.",
                "Quand votre solde est de 0_crédit ou moins, il est complété à 100_crédits. Au plus 2 fois par jour.",
                "Wenn Ihr Guthaben bei 0_Credits oder darunter liegt, wird es auf 100_Credits aufgefüllt. Höchstens 2-mal am Tag.",
                "Cuando su saldo sea de 0_créditos o menos, se completará hasta 100_créditos. Como máximo, 2 veces al día.",
            ]
        )
    }

    private static let golden: [TopUpReason: [String]] = [
        .charged: [
            "A top-up was started.", "Une recharge a été lancée.", "Eine Aufladung wurde gestartet.",
            "Se ha iniciado una recarga.",
        ],
        .aboveThreshold: [
            "The balance is above 10_credits.", "Le solde est supérieur à 10_crédits.",
            "Das Guthaben liegt über 10_Credits.", "El saldo está por encima de 10_créditos.",
        ],
        .disabled: [
            "Automatic top-ups are switched off.", "Les recharges automatiques sont désactivées.",
            "Automatische Aufladungen sind ausgeschaltet.", "Las recargas automáticas están desactivadas.",
        ],
        .notOptedIn: [
            "Automatic top-ups are not switched on for this account.",
            "Les recharges automatiques ne sont pas activées pour ce compte.",
            "Automatische Aufladungen sind für dieses Konto nicht eingeschaltet.",
            "Las recargas automáticas no están activadas en esta cuenta.",
        ],
        .pendingTopUp: [
            "A top-up is under way.", "Une recharge est en cours.", "Eine Aufladung läuft bereits.",
            "Hay una recarga en curso.",
        ],
        .cooldown: [
            "The last top-up was less than 1_hour ago.", "La dernière recharge date de moins de 1_heure.",
            "Die letzte Aufladung liegt weniger als 1_Stunde zurück.", "La última recarga fue hace menos de 1_hora.",
        ],
        .dailyLimit: [
            "The limit of 3 top-ups a day is reached.", "La limite de 3 recharges par jour est atteinte.",
            "Die Grenze von 3 Aufladungen am Tag ist erreicht.", "Se ha alcanzado el límite de 3 recargas al día.",
        ],
        .monthlyLimit: [
            "The top-up would exceed the limit of €500.00 a month.",
            "La recharge dépasserait la limite de 500,00_€ par mois.",
            "Die Aufladung würde die Grenze von 500,00_€ im Monat überschreiten.",
            "La recarga superaría el límite de 500,00_€ al mes.",
        ],
        .pausedAfterFailures: [
            "Automatic top-ups are paused because several payments in a row failed.",
            "Les recharges automatiques sont suspendues, car plusieurs paiements de suite ont échoué.",
            "Automatische Aufladungen sind angehalten, weil mehrere Zahlungen nacheinander fehlgeschlagen sind.",
            "Las recargas automáticas están en pausa porque han fallado varios pagos seguidos.",
        ],
        .declineBackoff: [
            "The last payment failed; it will be tried again on November_22, 2026 at 14:05_UTC.",
            "Le dernier paiement a échoué ; il sera retenté le 22_novembre 2026 à 14:05_UTC.",
            "Die letzte Zahlung ist fehlgeschlagen; sie wird am 22._November 2026 um 14:05_UTC erneut versucht.",
            "El último pago ha fallado; se volverá a intentar el 22_de noviembre de 2026, 14:05_UTC.",
        ],
        .walletTerminated: [
            "The account has no active wallet.", "Le compte n’a pas de portefeuille actif.",
            "Das Konto hat keine aktive Geldbörse.", "La cuenta no tiene ningún monedero activo.",
        ],
        .walletLimits: [
            "The amount does not fit the limits of the wallet.",
            "Le montant ne respecte pas les limites du portefeuille.",
            "Der Betrag passt nicht zu den Grenzen der Geldbörse.", "El importe no respeta los límites del monedero.",
        ],
        .noPaymentProvider: [
            "No payment method is on file.", "Aucun moyen de paiement n’est enregistré.",
            "Es ist kein Zahlungsmittel hinterlegt.", "No hay ningún medio de pago registrado.",
        ],
        .lagoRuleActive: [
            "The wallet is topped up by another rule.", "Le portefeuille est rechargé par une autre règle.",
            "Die Geldbörse wird durch eine andere Regel aufgeladen.", "El monedero se recarga mediante otra regla.",
        ],
        .lagoTooOld: [
            "The billing system does not support automatic top-ups yet.",
            "Le système de facturation ne permet pas encore les recharges automatiques.",
            "Das Abrechnungssystem unterstützt noch keine automatischen Aufladungen.",
            "El sistema de facturación aún no admite recargas automáticas.",
        ],
        .currencyNotAllowed: [
            "Nothing is charged automatically in EUR.", "Rien n’est débité automatiquement en EUR.",
            "In EUR wird nichts automatisch abgebucht.", "No se cobra nada automáticamente en EUR.",
        ],
        .historyUnknown: [
            "Earlier top-ups are being checked first.", "Les recharges précédentes sont d’abord vérifiées.",
            "Frühere Aufladungen werden zuerst geprüft.", "Primero se comprueban las recargas anteriores.",
        ],
        .lagoRefused: [
            "Top-ups are not possible at the moment; they will be tried again.",
            "Les recharges sont momentanément impossibles ; elles seront retentées.",
            "Aufladungen sind zurzeit nicht möglich; sie werden erneut versucht.",
            "Las recargas no son posibles en este momento; se volverán a intentar.",
        ],
        .shadow: [
            "This is a trial run: €50.00 would have been charged.",
            "Ceci est un essai : 50,00_€ auraient été débités.",
            "Dies ist ein Probelauf: 50,00_€ wären abgebucht worden.", "Es una prueba: se habrían cobrado 50,00_€.",
        ],
        .abandoned: [
            "The purchase was not completed.", "L’achat n’a pas été mené à terme.",
            "Der Kauf wurde nicht abgeschlossen.", "La compra no se ha completado.",
        ],
    ]
}
