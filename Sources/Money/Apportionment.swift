/// Sharing out a whole number of minor units without losing or making any.
package enum Apportionment {
    /// Parts of `total` in proportion to `weights`, which add up to `total` exactly.
    ///
    /// Each part is the exact share rounded down; the minor units left over go one each to the shares that lost
    /// most by the rounding (largest remainder), the earlier first where two lost as much. No part is further
    /// than one minor unit from its exact share.
    ///
    /// - Parameter weights: negative ones count as zero. Where all are zero, the first part is the whole.
    /// - Returns: as many parts as there are weights.
    package static func split(_ total: Int64, by weights: [Int64]) -> [Int64] {
        let weights = weights.map { Int128(max($0, 0)) }
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return weights.indices.map { $0 == 0 ? total : 0 } }
        let shares = weights.map { (Int128(total.magnitude) * $0).quotientAndRemainder(dividingBy: sum) }
        var parts = shares.map { Int64(clamping: $0.quotient) }
        let left = Int(Int128(total.magnitude) - shares.reduce(0) { $0 + $1.quotient })
        let byLoss = shares.indices.sorted {
            (shares[$1].remainder, $0) < (shares[$0].remainder, $1)
        }
        for index in byLoss.prefix(left) { parts[index] += 1 }
        return total < 0 ? parts.map { -$0 } : parts
    }
}
