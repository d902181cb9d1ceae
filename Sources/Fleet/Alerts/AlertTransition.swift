package import Telemetry

/// One step of one alert. The journal keeps each before it has an effect.
package struct AlertTransition: Hashable, Sendable, Codable {
    /// What became of the alert.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Its condition began to hold.
        case pending
        case firing
        /// It fires, and what muted it is over.
        case unmuted
        case resolved
        /// It was pending, and its condition no longer holds, or its rule or host is gone. No hook is told.
        case dropped
    }

    /// One more for each transition of a hub, over restarts: with the alert's key it names a hook's run.
    package var number: Int64
    package var kind: Kind
    package var at: Timestamp
    /// As it is after the step.
    package var alert: Alert
    /// Whether hooks are told: of what fires unmuted, of what is no longer muted, and of the end of what was told.
    /// Silences and acknowledgements are looked at after that.
    package var isNotice: Bool

    package init(number: Int64, kind: Kind, at: Timestamp, alert: Alert, isNotice: Bool) {
        self.number = number
        self.kind = kind
        self.at = at
        self.alert = alert
        self.isNotice = isNotice
    }
}
