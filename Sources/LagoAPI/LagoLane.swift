/// What a call waits for. Under pressure each lane gets its share of the calls, so none keeps another from moving.
package enum LagoLane: String, CaseIterable, Sendable {
    /// Somebody waits for it: mails, top-ups, looks after an event.
    case prompt
    /// Somebody else's request is answered with it.
    case proxy
    /// Scheduled looks at customers near a threshold.
    case near
    case sweep
    /// Scheduled looks at customers far from one.
    case far

    /// How many calls go out of this lane for one of `far`, while both have some waiting.
    package var weight: Int {
        switch self {
        case .prompt, .proxy: 8
        case .near: 4
        case .sweep: 2
        case .far: 1
        }
    }
}
