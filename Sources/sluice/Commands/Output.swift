import Foundation

/// Prints rows as a table for people, or as a JSON array of objects for scripts.
enum Output {
    /// A row that can be shown both ways.
    protocol Row: Encodable {
        static var columns: [String] { get }
        /// As many texts as there are columns.
        var cells: [String] { get }
    }

    static func print<R: Row>(_ rows: [R], json: Bool) throws {
        if json { return try self.print(json: rows) }
        guard !rows.isEmpty else { return Swift.print("nothing to show") }
        let table = [R.columns] + rows.map { $0.cells.map(self.printable) }
        let widths = R.columns.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        for line in table {
            var text = zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                .joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            Swift.print(text)
        }
    }

    static func print(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// One row, a line for each column.
    static func printFields<R: Row>(of row: R) {
        for (name, value) in zip(R.columns, row.cells) { Swift.print("\(name.lowercased()): \(self.printable(value))") }
    }

    /// A text of several lines, each of them printable.
    static func printableLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { self.printable(String($0)) }
            .joined(separator: "\n")
    }

    /// What a peer sent must not move a terminal's cursor.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
            )
        )
    }
}
