import Foundation
import Money
import Notices
import Testing

/// Numbers, plurals and dates; blanks that do not break are written as `_`, narrow ones as `~`.
@Suite struct FormatTests {
    private func visible(_ text: String) -> String {
        text.replacing("\u{A0}", with: "_").replacing("\u{202F}", with: "~")
    }

    @Test(arguments: [
        (Int64(1250), "USD", "$12.50", "12,50_$US", "12,50_$", "12,50_US$"),
        (-1250, "EUR", "-€12.50", "-12,50_€", "-12,50_€", "-12,50_€"),
        (0, "EUR", "€0.00", "0,00_€", "0,00_€", "0,00_€"),
        (5, "GBP", "£0.05", "0,05_£GB", "0,05_£", "0,05_GBP"),
        (1200, "JPY", "¥1,200", "1~200_JPY", "1.200_¥", "1200_JPY"),
        (123_456_789, "CHF", "CHF_1,234,567.89", "1~234~567,89_CHF", "1.234.567,89_CHF", "1.234.567,89_CHF"),
        (1_234_567, "KWD", "KWD_1,234.567", "1~234,567_KWD", "1.234,567_KWD", "1234,567_KWD"),
        (100_000_000, "USD", "$1,000,000.00", "1~000~000,00_$US", "1.000.000,00_$", "1.000.000,00_US$"),
    ])
    func `an amount is written as its readers write it`(
        minorUnits: Int64,
        code: String,
        en: String,
        fr: String,
        de: String,
        es: String
    ) throws {
        let amount = Amount(minorUnits: minorUnits, currency: try #require(Currency(code)))
        let written = NoticeLocale.allCases.map { self.visible(NoticeFormat($0).amount(amount)) }
        #expect(written == [en, fr, de, es])
    }

    @Test(arguments: [
        ("0", "0_credits", "0_crédit", "0_Credits", "0_créditos"),
        ("0.5", "0.5_credits", "0,5_crédit", "0,5_Credits", "0,5_créditos"),
        ("1", "1_credit", "1_crédit", "1_Credit", "1_crédito"),
        ("1.50000", "1.5_credits", "1,5_crédit", "1,5_Credits", "1,5_créditos"),
        ("2", "2_credits", "2_crédits", "2_Credits", "2_créditos"),
        ("-1", "-1_credit", "-1_crédit", "-1_Credit", "-1_crédito"),
        ("1234.00001", "1,234.00001_credits", "1~234,00001_crédits", "1.234,00001_Credits", "1234,00001_créditos"),
        ("1000000", "1,000,000_credits", "1~000~000_de_crédits", "1.000.000_Credits", "1.000.000_de_créditos"),
    ])
    func `credits are counted with the right plural`(
        credits: String,
        en: String,
        fr: String,
        de: String,
        es: String
    ) throws {
        let value = try #require(FixedDecimal(credits))
        #expect(NoticeLocale.allCases.map { self.visible(NoticeFormat($0).credits(value)) } == [en, fr, de, es])
    }

    @Test func `dates and times are those of the zone`() throws {
        let newYear: Int64 = 1_798_761_599_999  // one millisecond before 2027 in UTC
        let berlin = try #require(TimeZone(secondsFromGMT: 3600))
        let newfoundland = try #require(TimeZone(secondsFromGMT: -12_600))
        let dates = NoticeLocale.allCases.map { self.visible(NoticeFormat($0).date(newYear)) }
        #expect(
            dates == [
                "December_31, 2026", "31_décembre 2026", "31._Dezember 2026", "31_de diciembre de 2026",
            ]
        )
        let times = NoticeLocale.allCases.map { self.visible(NoticeFormat($0).dateTime(newYear, zone: berlin)) }
        #expect(
            times == [
                "January_1, 2027 at 00:59_UTC+1", "1er_janvier 2027 à 00:59_UTC+1", "1._Januar 2027 um 00:59_UTC+1",
                "1_de enero de 2027, 00:59_UTC+1",
            ]
        )
        let west = self.visible(NoticeFormat(.en).dateTime(-1, zone: newfoundland))
        #expect(west == "December_31, 1969 at 20:29_UTC-3:30")
    }

    @Test(arguments: [
        (Duration.seconds(0), "1_minute", "1_minute", "1_Minute", "1_minuto"),
        (.seconds(5400), "90_minutes", "90_minutes", "90_Minuten", "90_minutos"),
        (.seconds(7169), "119_minutes", "119_minutes", "119_Minuten", "119_minutos"),
        (.seconds(7170), "2_hours", "2_heures", "2_Stunden", "2_horas"),
        (.seconds(86_400), "24_hours", "24_heures", "24_Stunden", "24_horas"),
        (.seconds(3 * 86_400), "3_days", "3_jours", "3_Tage", "3_días"),
        (.seconds(2 * 86_400 + 43_200), "3_days", "3_jours", "3_Tage", "3_días"),
    ])
    func `a duration is told in the unit that says it best`(
        duration: Duration,
        en: String,
        fr: String,
        de: String,
        es: String
    ) {
        #expect(NoticeLocale.allCases.map { self.visible(NoticeFormat($0).duration(duration)) } == [en, fr, de, es])
    }

    @Test(arguments: [
        ("fr-CA", NoticeLocale.fr), ("DE_at", .de), ("es", .es), ("pt-BR", nil), ("", nil), ("-", nil),
        ("english", nil),
    ])
    func `a locale is known by its language`(tag: String, locale: NoticeLocale?) {
        #expect(NoticeLocale(tag: tag) == locale)
        #expect(NoticeLocale(firstOf: [nil, tag, "de"], fallback: .es) == locale ?? .de)
    }
}
