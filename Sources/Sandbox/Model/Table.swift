import Foundation

/// What a table keeps.
protocol TableRow: Sendable {
    /// Unique, and never changed, like the others here.
    var id: String { get }
    /// Whom it belongs to; for a customer, its external id.
    var group: String { get }
    /// What else it is looked up by; need not be unique.
    var label: String? { get }
    /// What lists are ordered by.
    var moment: Date { get }
}

extension TableRow {
    var label: String? { nil }
}

/// Rows in the order in which they were created, found without looking at all of them.
struct Table<Row: TableRow>: Sendable, RandomAccessCollection, MutableCollection {
    private var rows: [Row] = []
    private var positionsByID: [String: Int] = [:]
    private var positionsByGroup: [String: [Int]] = [:]
    private var positionsByLabel: [String: [Int]] = [:]
    /// All positions in the order of `moment`, then of creation.
    private(set) var chronology: [Int] = []

    var startIndex: Int { 0 }
    var endIndex: Int { self.rows.count }

    subscript(position: Int) -> Row {
        get { self.rows[position] }
        set { self.rows[position] = newValue }
    }

    func position(id: String) -> Int? { self.positionsByID[id] }

    func row(id: String) -> Row? { self.positionsByID[id].map { self.rows[$0] } }

    func positions(in group: String) -> [Int] { self.positionsByGroup[group] ?? [] }

    func rows(in group: String) -> [Row] { self.positions(in: group).map { self.rows[$0] } }

    func positions(labelled label: String) -> [Int] { self.positionsByLabel[label] ?? [] }

    mutating func append(_ row: Row) {
        let position = self.rows.count
        self.rows.append(row)
        self.positionsByID[row.id] = position
        self.positionsByGroup[row.group, default: []].append(position)
        if let label = row.label { self.positionsByLabel[label, default: []].append(position) }
        // Nearly always the latest.
        var place = self.chronology.count
        if let last = self.chronology.last, self.rows[last].moment > row.moment {
            place = self.chronology.firstIndex(beyond: { self.rows[$0].moment > row.moment })
        }
        self.chronology.insert(position, at: place)
    }
}

extension [Int] {
    /// Where the first element is that `isBeyond`, of which all after it are, too.
    func firstIndex(beyond isBeyond: (Int) -> Bool) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The part of positions in the order of their moments that lies from `from` on and before `end`.
    func slice(from: Date?, to end: Date?, moment: (Int) -> Date) -> ArraySlice<Int> {
        let low = from.map { from in self.firstIndex(beyond: { moment($0) >= from }) } ?? 0
        let high = end.map { end in self.firstIndex(beyond: { moment($0) >= end }) } ?? self.count
        return self[low..<Swift.max(low, high)]
    }
}

extension Customer: TableRow {
    var group: String { self.externalID }
    var moment: Date { self.createdAt }
}

extension SandboxWallet: TableRow {
    var group: String { self.customerID }
    var moment: Date { self.createdAt }
}

extension Subscription: TableRow {
    var group: String { self.customerID }
    var label: String? { self.externalID }
    var moment: Date { self.subscriptionAt }
}

extension WalletTransaction: TableRow {
    var group: String { self.walletID }
    var moment: Date { self.createdAt }
}

extension SandboxInvoice: TableRow {
    var group: String { self.customerID }
    var moment: Date { self.createdAt }
}
