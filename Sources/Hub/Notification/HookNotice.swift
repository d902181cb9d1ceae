package import Fleet
package import Telemetry

/// One thing that one hook is to be told of one alert.
package struct HookNotice: Hashable, Sendable, Codable {
    /// The hook's MARTLET_STATUS.
    package enum Moment: String, Hashable, Sendable, Codable {
        case firing, resolved
    }

    /// The transition's number: notices of one alert are told in this order.
    package var number: Int64
    package var hook: String
    package var moment: Moment
    /// As it was after the transition.
    package var alert: Alert
    /// 0 for the transition itself, 1, 2, 3 … for repeats.
    package var repeats: Int
    /// Whether a hub that runs no hooks kept it for one that does; nil and no are the same.
    package var isKept: Bool?

    package init(
        number: Int64, hook: String, moment: Moment, alert: Alert, repeats: Int = 0, isKept: Bool? = nil
    ) {
        self.number = number
        self.hook = hook
        self.moment = moment
        self.alert = alert
        self.repeats = repeats
        self.isKept = isKept
    }

    /// Its name among the journal's documents.
    package var id: String { "\(hook)/\(number)/\(repeats)" }
    var subject: HookSubject { HookSubject(hook: hook, alert: alert.key) }
}

/// What is told in order: a hook's knowledge of one alert.
package struct HookSubject: Hashable, Sendable {
    package let hook: String
    package let alert: AlertKey

    package init(hook: String, alert: AlertKey) {
        self.hook = hook
        self.alert = alert
    }

    var id: String { "\(hook)/\(alert.fingerprint)" }
}

/// One run of a hook with all its attempts. The journal has each attempt before it begins.
package struct HookRun: Hashable, Sendable, Codable {
    /// One more for each run of a hub, over restarts.
    package var number: Int64
    package var hook: String
    /// Each of another alert; never empty.
    package var notices: [HookNotice]
    /// The attempt that runs, or ran last: 1, 2, 3 …
    package var attempt: Int
    /// For how long it has been tried, in milliseconds.
    package var triedMilliseconds: Int64
    /// Whether the journal has it; when the disk is full, telling people comes first.
    package var isJournaled: Bool

    package var id: String { "\(number)" }
    package var isFiring: Bool { notices.contains { $0.moment == .firing } }
    package var status: String { isFiring ? "firing" : "resolved" }

    /// The one that the environment speaks of: what fires before what is over, the worst, and of these the first.
    package var worst: HookNotice? {
        notices.min { left, right in
            if left.moment != right.moment { return left.moment == .firing }
            if left.alert.severity != right.alert.severity {
                return left.alert.severity > right.alert.severity
            }
            return left.number < right.number
        }
    }
}

/// What a hook was told of an alert that fires; kept until it is told that it is over.
package struct HookTold: Hashable, Sendable, Codable {
    package var hook: String
    package var key: AlertKey
    /// Of the transition that was told.
    package var number: Int64
    package var repeats: Int
    /// When it was told last, by the wall clock: only that one goes on over a restart. nil in an older hub's journal.
    package var at: Timestamp?

    var subject: HookSubject { HookSubject(hook: hook, alert: key) }
}

/// When a hook's last run began, by the wall clock: what follows within its `gather` time waits, over a restart too.
package struct HookGather: Hashable, Sendable, Codable {
    package var hook: String
    package var at: Timestamp
}
