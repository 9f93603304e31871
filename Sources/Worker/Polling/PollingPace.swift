internal import Rules
internal import Store

/// How often Lago is asked for what no webhook tells.
package struct PollingPace: Sendable {
    /// From look to look.
    package var near = Duration.seconds(30)
    package var far = Duration.seconds(900)
    package var idle = Duration.seconds(3600)
    /// How long the radar's find waits for more of its kind.
    package var quiet = Duration.seconds(2)
    /// From the last look to one that the radar asks for, near a threshold and elsewhere.
    package var nearGap = Duration.seconds(15)
    package var farGap = Duration.seconds(120)
    /// How long ago wallets may have been seen for a look to go by them: twice the interval of sweeps.
    package var walletsSeen = Duration.seconds(1800)
    /// Looks under way at once.
    package var nearHands = 4
    package var farHands = 2
    /// How often the schedule is read where nothing else calls for it.
    package var poll = Duration.seconds(1)
    /// How often Lago is tried while it does not answer.
    package var probe = Duration.seconds(1)
    package var probeLimit = Duration.seconds(60)
    package var radar = Radar()

    /// How the radar goes about it.
    package struct Radar: Sendable {
        /// From one list of events to the next.
        package var interval = Duration.seconds(10)
        /// The same while there are too many events, or Lago does not answer.
        package var limit = Duration.seconds(600)
        /// How much of the past is read again, for events that come late.
        package var overlap = Duration.seconds(60)
        /// Events in one list.
        package var page = 1000
        /// How long a radar that sees nothing is trusted.
        package var patience = Duration.seconds(60)
        /// How long a stop of the process may be for its gap to be read afterwards.
        package var memory = Duration.seconds(3600)

        package init() {}
    }

    package init() {}

    /// - Parameter sweepInterval: how often all wallets are read.
    package init(sweepInterval: Duration) {
        self.walletsSeen = sweepInterval * 2
    }

    var limits: LookPace.Limits {
        LookPace.Limits(
            near: self.near.milliseconds,
            far: self.far.milliseconds,
            idle: self.idle.milliseconds
        )
    }

    var wait: MovedWait {
        MovedWait(
            quiet: self.quiet.milliseconds,
            near: self.nearGap.milliseconds,
            others: self.farGap.milliseconds
        )
    }
}
