private import Foundation
internal import Rules
internal import Store

extension LowBalanceState {
    /// As kept; the state before the first look where nothing is.
    init(_ record: ThresholdRecord?) throws {
        guard let record else {
            self.init()
            return
        }
        self = try JSONDecoder().decode(Self.self, from: Data(record.state.utf8))
    }
}

extension ThresholdRecord {
    init(_ state: LowBalanceState) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        self.init(
            descent: Int64(state.descent),
            state: String(decoding: try encoder.encode(state), as: UTF8.self)
        )
    }
}
