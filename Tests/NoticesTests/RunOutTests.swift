import Foundation
import Money
import Notices
import Testing

/// What mails say of the time that is left, in every language.
@Suite struct RunOutTests {
    /// 22 November 2026, 14:05 UTC.
    private static let now: Int64 = 1_795_356_300_000
    private static let minute: Int64 = 60_000
    private static let renderer = Result { try NoticeRenderer(brand: Brand(name: "Example")) }

    private static func notice(
        _ runOut: Notice.RunOut?,
        threshold: Notice.Threshold = .credits(FixedDecimal(units: 500_000)),
        credits: Int64 = 450_000
    ) -> Notice {
        .lowBalance(
            Notice.LowBalance(
                customerName: nil,
                balance: .credits(FixedDecimal(units: credits)),
                threshold: threshold,
                runOut: runOut,
                now: Self.now,
                billingURL: "https://billing.example.com"
            )
        )
    }

    private static func rendered(_ notice: Notice) throws -> [RenderedNotice] {
        try NoticeLocale.allCases.map { try Self.renderer.get().render(notice, locale: $0, unsubscribeURL: nil) }
    }

    /// Minutes until it runs out: expected, at the earliest, at the latest.
    private static let cases: [([Int64], [String])] = [
        (
            [3 * 1440, 2 * 1440 + 900, 3 * 1440 + 700],
            [
                "about 3 days (until November 25, 2026).", "environ 3 jours (jusqu’au 25 novembre 2026).",
                "etwa 3 Tage (bis zum 25. November 2026).",
                "aproximadamente 3 días (hasta el 25 de noviembre de 2026).",
            ]
        ),
        (
            [5 * 60, 270, 330],
            [
                "about 5 hours (until November 22, 2026 at 19:05 UTC).",
                "environ 5 heures (jusqu’au 22 novembre 2026 à 19:05 UTC).",
                "etwa 5 Stunden (bis zum 22. November 2026 um 19:05 UTC).",
                "aproximadamente 5 horas (hasta el 22 de noviembre de 2026, 19:05 UTC).",
            ]
        ),
        (
            [43, 40, 47],
            [
                "about 45 minutes (until November 22, 2026 at 14:48 UTC).",
                "environ 45 minutes (jusqu’au 22 novembre 2026 à 14:48 UTC).",
                "etwa 45 Minuten (bis zum 22. November 2026 um 14:48 UTC).",
                "aproximadamente 45 minutos (hasta el 22 de noviembre de 2026, 14:48 UTC).",
            ]
        ),
        (
            [1, 1, 1],
            [
                "about 1 minute (until November 22, 2026 at 14:06 UTC).",
                "environ 1 minute (jusqu’au 22 novembre 2026 à 14:06 UTC).",
                "etwa 1 Minute (bis zum 22. November 2026 um 14:06 UTC).",
                "aproximadamente 1 minuto (hasta el 22 de noviembre de 2026, 14:06 UTC).",
            ]
        ),
        (
            [3 * 1440, 2 * 1440, 5 * 1440],
            ["last between 2 and 5 days.", "pour 2 à 5 jours.", "noch 2 bis 5 Tage.", "durará entre 2 y 5 días."]
        ),
        (
            [2 * 1440, 20 * 60, 4 * 1440],
            [
                "last between 20 hours and 4 days.", "pour 20 heures à 4 jours.", "noch 20 Stunden bis 4 Tage.",
                "durará entre 20 horas y 4 días.",
            ]
        ),
        (
            [100, 58, 240],
            [
                "between 60 minutes and 4 hours.", "60 minutes à 4 heures.", "60 Minuten bis 4 Stunden.",
                "entre 60 minutos y 4 horas.",
            ]
        ),
        (
            [4 * 1440, 2 * 1440],
            ["last at least 2 days.", "pour au moins 2 jours.", "noch mindestens 2 Tage.", "durará al menos 2 días."]
        ),
    ]

    @Test(arguments: Self.cases.indices)
    func `both halves say how long it lasts, and how sure that is`(index: Int) throws {
        let (minutes, words) = Self.cases[index]
        let at = minutes.map { Self.now + $0 * Self.minute }
        let runOut = Notice.RunOut(at: at[0], earliest: at[1], latest: at.count > 2 ? at[2] : nil)
        for (notice, words) in zip(try Self.rendered(Self.notice(runOut)), words) {
            for half in [notice.text, notice.html] {
                #expect(half.replacing("\u{A0}", with: " ").contains(words), "\(half)")
            }
        }
    }

    @Test func `what has run out, or cannot be told, is not foretold`() throws {
        let past = Notice.RunOut(at: Self.now, earliest: Self.now - 1, latest: Self.now + 1)
        let ahead = Notice.RunOut(at: Self.now + 1000, earliest: Self.now + 900, latest: nil)
        for notice in [Self.notice(nil), Self.notice(past), Self.notice(ahead, credits: 0)] {
            #expect(try !Self.rendered(notice)[0].text.contains("pace"))
        }
        #expect(try Self.rendered(Self.notice(ahead))[0].text.contains("pace"))
    }

    @Test func `a threshold in days is told in days, in the subject too`() throws {
        let day = 1440 * Self.minute
        let runOut = Notice.RunOut(at: Self.now + 3 * day, earliest: Self.now + 2 * day, latest: Self.now + 9 * day)
        let threshold = Notice.Threshold.timeLeft(.seconds(3 * 86_400))
        let told = try Self.rendered(Self.notice(runOut, threshold: threshold, credits: 90_000_000))
        #expect(
            told.map(\.subject) == [
                "Your balance is low: about 3 days of usage left",
                "Votre solde est faible : environ 3 jours d’utilisation",
                "Ihr Guthaben wird knapp: noch etwa 3 Tage Nutzung",
                "Su saldo es bajo: aproximadamente 3 días de uso",
            ]
        )
        let untold = try Self.rendered(Self.notice(nil, threshold: .timeLeft(.seconds(86_400)), credits: 90_000_000))
        #expect(untold[0].subject == "Your balance is low: 900 credits left")
        let levels = ["1 day of usage", "1 jour d’utilisation", "1 Tag Nutzung", "1 día de uso"]
        for (notice, level) in zip(untold, levels) {
            #expect(notice.text.replacing("\u{A0}", with: " ").contains(": \(level)\n"), "\(notice.text)")
        }
    }
}
