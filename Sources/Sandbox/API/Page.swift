/// The part of a list that a request asks for, with the oddities of Lago's pagination.
struct Page: Equatable {
    let number: Int
    let size: Int

    init(number: Int = 1, size: Int = 100) {
        self.number = number
        self.size = size
    }

    /// Reads `page` and `per_page`: 100 by default, but 25 for a `per_page` that is negative or no number.
    init(page: Substring?, perPage: Substring?) {
        self.number = max(1, Self.leadingInteger(page ?? "") ?? 1)
        self.size = perPage.map { Self.leadingInteger($0) ?? 25 } ?? 100
    }

    /// Ruby's `to_i`, for text that begins with a digit.
    private static func leadingInteger(_ text: Substring) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        return digits.isEmpty ? nil : Int(digits) ?? .max
    }

    /// - Parameter total: how many there are said to be; nil for how many there are.
    /// - Throws: `LagoFailure` 500 for a size of zero where there is something to list, as Lago does.
    func slice<Items: RandomAccessCollection>(
        _ items: Items,
        total: Int? = nil
    ) throws(LagoFailure) -> (items: [Items.Element], meta: JSONValue) {
        let count = total ?? items.count
        guard self.size > 0 || items.isEmpty else { throw .crash }
        let (skipped, overflows) = (self.number - 1).multipliedReportingOverflow(by: self.size)
        let rest = overflows ? [] : Array(items.dropFirst(skipped).prefix(self.size))
        guard count > 0, self.size > 0 else { return (rest, Self.meta(current: 0, pages: 0, count: 0)) }
        let pages = 1 + (count - 1) / self.size
        return (rest, Self.meta(current: self.number, pages: pages, count: count))
    }

    private static func meta(current: Int, pages: Int, count: Int) -> JSONValue {
        [
            "current_page": .integer(current), "next_page": current < pages ? .integer(current + 1) : nil,
            "prev_page": current > 1 && current <= pages ? .integer(current - 1) : nil,
            "total_pages": .integer(pages), "total_count": .integer(count),
        ]
    }
}
