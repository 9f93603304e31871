/// What the command line asks for: `[--only NAME]...`.
struct Arguments {
    /// The benches to run; empty for all.
    let only: Set<String>

    /// - Parameter names: of the benches that there are.
    init(_ words: some Sequence<String>, names: [String]) throws {
        var only: Set<String> = []
        var rest = words.makeIterator()
        while let word = rest.next() {
            guard word == "--only", let name = rest.next(), names.contains(name) else {
                throw BenchError(
                    description: "use: sluice-bench [--only NAME]..., with a name of \(names.joined(separator: ", "))"
                )
            }
            only.insert(name)
        }
        self.only = only
    }
}
