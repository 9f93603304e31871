private import Foundation
package import LagoAPI
private import Money

extension APIQuery {
    /// What the value of a filter may be. Lago ignores what it does not know, and then answers with everything.
    package enum Form: Sendable {
        case page
        /// 1 to 100; Lago fails at 0 and takes any other.
        case pageSize
        case word(Set<String>)
        /// `2026-10-01`.
        case date
        case currency

        fileprivate func takes(_ value: String) -> Bool {
            switch self {
            case .page: Int(value).map { (1...1_000_000).contains($0) } ?? false
            case .pageSize: Int(value).map { (1...100).contains($0) } ?? false
            case .word(let words): words.contains(value)
            case .date: APIQuery.isDate(value)
            case .currency: Currency(value)?.code == value
            }
        }
    }

    private static func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2])
        else { return false }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return DateComponents(calendar: calendar, year: year, month: month, day: day).isValidDate
    }

    /// The filters among the items, for Lago.
    ///
    /// - Throws: `APIFailure` 422 for values that are not of their form.
    package func passed(_ forms: [String: Form]) throws(APIFailure) -> [LagoClient.QueryItem] {
        var (passed, problems): ([LagoClient.QueryItem], [String: [String]]) = ([], [:])
        for (name, form) in forms.sorted(by: { $0.key < $1.key }) {
            guard let value = self[name] else { continue }
            if form.takes(value) { passed.append((name, value)) } else { problems[name] = ["value_is_invalid"] }
        }
        guard problems.isEmpty else { throw .validation(problems) }
        return passed
    }
}
