private import Money

// The words of invoices that depend on a number or a name.

extension NoticeFormat {
    /// An invoice within a sentence and on its own: `invoice EXA-1` and `Invoice EXA-1`, or `your invoice`.
    func invoice(_ number: String?) -> (name: String, title: String) {
        guard let number else {
            return (
                self.say("your invoice", "votre facture", "Ihre Rechnung", "su factura"),
                self.say("Your invoice", "Votre facture", "Ihre Rechnung", "Su factura")
            )
        }
        let space = Self.noBreakSpace
        return (
            self.say("invoice", "la facture", "Rechnung", "la factura") + space + number,
            self.say("Invoice", "Facture", "Rechnung", "Factura") + space + number
        )
    }

    /// `Credit note EXA-1-CN1`, or `Your credit note`.
    func creditNote(_ number: String?) -> String {
        guard let number else {
            return self.say("Your credit note", "Votre avoir", "Ihre Gutschrift", "Su nota de crédito")
        }
        return self.say("Credit note", "Avoir", "Gutschrift", "Nota de crédito") + Self.noBreakSpace + number
    }

    /// A line of an invoice that has no name.
    var namelessLine: String { self.say("Item", "Article", "Position", "Concepto") }

    /// `and 3 more`, of an invoice's lines.
    func moreLines(_ count: Int) -> String {
        let number = self.number(FixedDecimal(units: Int64(count) * 100_000))
        return count == 1
            ? self.say("and 1 more item", "et 1 autre ligne", "und 1 weitere Position", "y 1 concepto más")
            : self.say(
                "and \(number) more items",
                "et \(number) autres lignes",
                "und \(number) weitere Positionen",
                "y \(number) conceptos más"
            )
    }

    /// `7 days`; in German as it follows "seit".
    func daysLate(_ days: Int) -> String {
        let number = self.number(FixedDecimal(units: Int64(days) * 100_000)) + Self.noBreakSpace
        return number
            + (days == 1 ? self.say("day", "jour", "Tag", "día") : self.say("days", "jours", "Tagen", "días"))
    }

    /// Why a payment was declined, as it follows a colon.
    func words(_ reason: DeclineReason) -> String {
        switch reason {
        case .expiredCard:
            self.say("the card has expired", "la carte a expiré", "Die Karte ist abgelaufen", "la tarjeta ha caducado")
        case .insufficientFunds:
            self.say(
                "there was not enough money in the account",
                "la provision du compte est insuffisante",
                "Das Konto war nicht gedeckt",
                "no había fondos suficientes en la cuenta"
            )
        case .limitReached:
            self.say(
                "the card’s limit was reached",
                "le plafond de la carte est atteint",
                "Das Limit der Karte war erreicht",
                "se ha alcanzado el límite de la tarjeta"
            )
        case .wrongSecurityCode:
            self.say(
                "the card’s security code was not right",
                "le code de sécurité de la carte est incorrect",
                "Die Prüfziffer der Karte stimmte nicht",
                "el código de seguridad de la tarjeta no es correcto"
            )
        case .wrongNumber:
            self.say(
                "the card’s number was not right",
                "le numéro de la carte est incorrect",
                "Die Kartennummer stimmte nicht",
                "el número de la tarjeta no es correcto"
            )
        case .notConfirmed:
            self.say(
                "the bank asks for your confirmation",
                "la banque demande votre confirmation",
                "Die Bank verlangt Ihre Bestätigung",
                "el banco pide su confirmación"
            )
        case .accountClosed:
            self.say(
                "the account is closed",
                "le compte est clôturé",
                "Das Konto ist geschlossen",
                "la cuenta está cerrada"
            )
        }
    }
}
