private import Money

extension NoticeFormat {
    /// One of four, by the locale.
    func say(_ en: String, _ fr: String, _ de: String, _ es: String) -> String {
        switch self.locale {
        case .en: en
        case .fr: fr
        case .de: de
        case .es: es
        }
    }

    /// One short sentence to the customer: "The last top-up was less than 1 hour ago."
    package func sentence(_ explanation: TopUpExplanation) -> String {
        switch explanation {
        case .charged:
            self.say(
                "A top-up was started.",
                "Une recharge a été lancée.",
                "Eine Aufladung wurde gestartet.",
                "Se ha iniciado una recarga."
            )
        case .aboveThreshold(let threshold): self.aboveThreshold(threshold)
        case .pendingTopUp:
            self.say(
                "A top-up is under way.",
                "Une recharge est en cours.",
                "Eine Aufladung läuft bereits.",
                "Hay una recarga en curso."
            )
        case .cooldown(let duration): self.cooldown(self.exactDuration(duration))
        case .dailyLimit(let count): self.dailyLimit(count)
        case .monthlyLimit(let limit): self.monthlyLimit(limit)
        case .pausedAfterFailures:
            self.say(
                "Automatic top-ups are paused because several payments in a row failed.",
                "Les recharges automatiques sont suspendues, car plusieurs paiements de suite ont échoué.",
                "Automatische Aufladungen sind angehalten, weil mehrere Zahlungen nacheinander fehlgeschlagen sind.",
                "Las recargas automáticas están en pausa porque han fallado varios pagos seguidos."
            )
        case .declineBackoff(let until): self.declineBackoff(until.map { self.dateTime($0) })
        case .currencyNotAllowed(let currency):
            self.say(
                "Nothing is charged automatically in \(currency).",
                "Rien n’est débité automatiquement en \(currency).",
                "In \(currency) wird nichts automatisch abgebucht.",
                "No se cobra nada automáticamente en \(currency)."
            )
        case .shadow(let amount): self.shadow(amount.map(self.amount))
        case .disabled, .notOptedIn, .abandoned, .walletTerminated, .walletLimits: self.aboutAccount(explanation)
        case .noPaymentProvider, .lagoRuleActive, .lagoTooOld, .historyUnknown, .lagoRefused:
            self.aboutBilling(explanation)
        }
    }

    /// What switching automatic top-ups on will do.
    package func sentence(_ plan: TopUpPlan) -> String {
        let threshold = self.credits(plan.threshold)
        let bought =
            switch plan.purchase {
            case .credits(let credits):
                self.say(
                    "When your balance is at \(threshold) or less, \(self.credits(credits)) will be bought.",
                    "Quand votre solde est de \(threshold) ou moins, l’achat de \(self.credits(credits)) est lancé.",
                    "Wenn Ihr Guthaben bei \(threshold) oder darunter liegt, wird es um \(self.credits(credits)) aufgeladen.",
                    "Cuando su saldo sea de \(threshold) o menos, se recargará con \(self.credits(credits))."
                )
            case .target(let target):
                self.say(
                    "When your balance is at \(threshold) or less, it will be topped up to \(self.credits(target)).",
                    "Quand votre solde est de \(threshold) ou moins, il est complété à \(self.credits(target)).",
                    "Wenn Ihr Guthaben bei \(threshold) oder darunter liegt, wird es auf \(self.credits(target)) aufgefüllt.",
                    "Cuando su saldo sea de \(threshold) o menos, se completará hasta \(self.credits(target))."
                )
            }
        return [bought, self.limits(plan), plan.now.map { self.atOnce(self.amount($0)) }].compactMap { $0 }
            .joined(separator: " ")
    }

    private func limits(_ plan: TopUpPlan) -> String {
        let isOne = plan.maxPerDay == 1
        let times = self.say(
            isOne ? "once" : "\(plan.maxPerDay) times",
            "\(plan.maxPerDay) fois",
            isOne ? "einmal" : "\(plan.maxPerDay)-mal",
            isOne ? "una vez" : "\(plan.maxPerDay) veces"
        )
        guard let limit = plan.maxPerMonth.map(self.amount) else {
            return self.say(
                "At most \(times) a day.",
                "Au plus \(times) par jour.",
                "Höchstens \(times) am Tag.",
                "Como máximo, \(times) al día."
            )
        }
        return self.say(
            "At most \(times) a day, and \(limit) a month.",
            "Au plus \(times) par jour, et \(limit) par mois.",
            "Höchstens \(times) am Tag und \(limit) im Monat.",
            "Como máximo, \(times) al día y \(limit) al mes."
        )
    }

    private func atOnce(_ amount: String) -> String {
        self.say(
            "Your balance is there already: \(amount) will be charged at once.",
            "Votre solde y est déjà : \(amount) seront débités immédiatement.",
            "Ihr Guthaben liegt schon dort: \(amount) werden sofort abgebucht.",
            "Su saldo ya está en ese nivel: se cobrarán \(amount) de inmediato."
        )
    }

    private func aboveThreshold(_ threshold: FixedDecimal?) -> String {
        guard let level = threshold.map(self.credits) else {
            return self.say(
                "The balance is high enough.",
                "Le solde est suffisant.",
                "Das Guthaben ist hoch genug.",
                "El saldo es suficiente."
            )
        }
        return self.say(
            "The balance is above \(level).",
            "Le solde est supérieur à \(level).",
            "Das Guthaben liegt über \(level).",
            "El saldo está por encima de \(level)."
        )
    }

    private func cooldown(_ length: String) -> String {
        self.say(
            "The last top-up was less than \(length) ago.",
            "La dernière recharge date de moins de \(length).",
            "Die letzte Aufladung liegt weniger als \(length) zurück.",
            "La última recarga fue hace menos de \(length)."
        )
    }

    private func dailyLimit(_ count: Int) -> String {
        let topUps = self.topUps(count)
        return self.say(
            "The limit of \(topUps) a day is reached.",
            "La limite de \(topUps) par jour est atteinte.",
            "Die Grenze von \(topUps) am Tag ist erreicht.",
            "Se ha alcanzado el límite de \(topUps) al día."
        )
    }

    /// `3 top-ups`; in German as it follows "von".
    func topUps(_ count: Int) -> String {
        count == 1
            ? self.say("1 top-up", "1 recharge", "einer Aufladung", "1 recarga")
            : self.say("\(count) top-ups", "\(count) recharges", "\(count) Aufladungen", "\(count) recargas")
    }

    private func monthlyLimit(_ limit: Amount?) -> String {
        guard let limit = limit.map(self.amount) else {
            return self.say(
                "The monthly limit is reached.",
                "La limite mensuelle est atteinte.",
                "Die Monatsgrenze ist erreicht.",
                "Se ha alcanzado el límite mensual."
            )
        }
        return self.say(
            "The top-up would exceed the limit of \(limit) a month.",
            "La recharge dépasserait la limite de \(limit) par mois.",
            "Die Aufladung würde die Grenze von \(limit) im Monat überschreiten.",
            "La recarga superaría el límite de \(limit) al mes."
        )
    }

    private func declineBackoff(_ time: String?) -> String {
        guard let time else {
            return self.say(
                "The last payment failed; it will be tried again later.",
                "Le dernier paiement a échoué ; il sera retenté plus tard.",
                "Die letzte Zahlung ist fehlgeschlagen; sie wird später erneut versucht.",
                "El último pago ha fallado; se volverá a intentar más tarde."
            )
        }
        return self.say(
            "The last payment failed; it will be tried again on \(time).",
            "Le dernier paiement a échoué ; il sera retenté le \(time).",
            "Die letzte Zahlung ist fehlgeschlagen; sie wird am \(time) erneut versucht.",
            "El último pago ha fallado; se volverá a intentar el \(time)."
        )
    }

    private func shadow(_ amount: String?) -> String {
        guard let amount else {
            return self.say(
                "This is a trial run: nothing is charged.",
                "Ceci est un essai : rien n’est débité.",
                "Dies ist ein Probelauf: Es wird nichts abgebucht.",
                "Es una prueba: no se cobra nada."
            )
        }
        return self.say(
            "This is a trial run: \(amount) would have been charged.",
            "Ceci est un essai : \(amount) auraient été débités.",
            "Dies ist ein Probelauf: \(amount) wären abgebucht worden.",
            "Es una prueba: se habrían cobrado \(amount)."
        )
    }

    private func aboutAccount(_ explanation: TopUpExplanation) -> String {
        switch explanation {
        case .notOptedIn:
            self.say(
                "Automatic top-ups are not switched on for this account.",
                "Les recharges automatiques ne sont pas activées pour ce compte.",
                "Automatische Aufladungen sind für dieses Konto nicht eingeschaltet.",
                "Las recargas automáticas no están activadas en esta cuenta."
            )
        case .abandoned:
            self.say(
                "The purchase was not completed.",
                "L’achat n’a pas été mené à terme.",
                "Der Kauf wurde nicht abgeschlossen.",
                "La compra no se ha completado."
            )
        case .walletTerminated:
            self.say(
                "The account has no active wallet.",
                "Le compte n’a pas de portefeuille actif.",
                "Das Konto hat keine aktive Geldbörse.",
                "La cuenta no tiene ningún monedero activo."
            )
        case .walletLimits:
            self.say(
                "The amount does not fit the limits of the wallet.",
                "Le montant ne respecte pas les limites du portefeuille.",
                "Der Betrag passt nicht zu den Grenzen der Geldbörse.",
                "El importe no respeta los límites del monedero."
            )
        default:
            self.say(
                "Automatic top-ups are switched off.",
                "Les recharges automatiques sont désactivées.",
                "Automatische Aufladungen sind ausgeschaltet.",
                "Las recargas automáticas están desactivadas."
            )
        }
    }

    private func aboutBilling(_ explanation: TopUpExplanation) -> String {
        switch explanation {
        case .noPaymentProvider:
            self.say(
                "No payment method is on file.",
                "Aucun moyen de paiement n’est enregistré.",
                "Es ist kein Zahlungsmittel hinterlegt.",
                "No hay ningún medio de pago registrado."
            )
        case .lagoRuleActive:
            self.say(
                "The wallet is topped up by another rule.",
                "Le portefeuille est rechargé par une autre règle.",
                "Die Geldbörse wird durch eine andere Regel aufgeladen.",
                "El monedero se recarga mediante otra regla."
            )
        case .lagoTooOld:
            self.say(
                "The billing system does not support automatic top-ups yet.",
                "Le système de facturation ne permet pas encore les recharges automatiques.",
                "Das Abrechnungssystem unterstützt noch keine automatischen Aufladungen.",
                "El sistema de facturación aún no admite recargas automáticas."
            )
        case .lagoRefused:
            self.say(
                "Top-ups are not possible at the moment; they will be tried again.",
                "Les recharges sont momentanément impossibles ; elles seront retentées.",
                "Aufladungen sind zurzeit nicht möglich; sie werden erneut versucht.",
                "Las recargas no son posibles en este momento; se volverán a intentar."
            )
        default:
            self.say(
                "Earlier top-ups are being checked first.",
                "Les recharges précédentes sont d’abord vérifiées.",
                "Frühere Aufladungen werden zuerst geprüft.",
                "Primero se comprueban las recargas anteriores."
            )
        }
    }
}
