package import Telemetry

/// What a screen asks of the hub: the window that it draws, and whether it goes on live.
package struct LiveView: Hashable, Sendable {
    /// What a screen wants of the hub.
    package enum Subject: Hashable, Sendable {
        /// The fleet signals of every host (`Signal.isFleetColumn`).
        case fleet
        /// All signals, facts and process tables of one host.
        case host(HostID)
        /// What services answered: request rates, durations and error samples of one host, or of all. See ``TrafficSignals``.
        case traffic(host: HostID?)
        /// Lines and error samples of these hosts' logs as they come, and their line rates; an empty list is all hosts.
        case logs(hosts: [HostID])
    }

    package var subject: Subject
    /// How far back the history goes, in milliseconds.
    package var windowMilliseconds: Int64
    /// Distance of the history's points, in milliseconds; at least 1,000.
    package var stepMilliseconds: Int64
    /// nil: history up to now and then live. A time: history up to that moment, and no more.
    package var end: Timestamp?

    package init(
        subject: Subject, windowMilliseconds: Int64, stepMilliseconds: Int64, end: Timestamp? = nil
    ) {
        self.subject = subject
        self.windowMilliseconds = windowMilliseconds
        self.stepMilliseconds = stepMilliseconds
        self.end = end
    }
}

/// A signal of one host: the catalogue's name and the labels that tell its instances apart.
package struct SignalKey: Hashable, Sendable {
    package let name: String
    package let labels: Labels

    package init(_ name: String, _ labels: Labels = [:]) {
        self.name = name
        self.labels = labels
    }
}

/// What the hub tells a screen, in order.
package enum LiveUpdate: Hashable, Sendable {
    /// From here on `index` means this signal of this host. An index may be defined again.
    case define(index: Int32, host: HostID, signal: SignalKey)
    case retire(index: Int32)
    /// The signals' values at `time`; what is not named had none, which is a gap.
    case values(time: Timestamp, indices: [Int32], values: [Double])
    /// What was observed in the step, or the part of it, that ends at `time`: a difference, not a total. Parts of one step
    /// are merged. A series that is not named observed nothing.
    case histograms(time: Timestamp, indices: [Int32], [ExponentialHistogram])
    /// A line of a log; `labels` as ``TrafficSignals`` has them.
    case event(host: HostID, time: Timestamp, kind: LogEventKind, labels: Labels, text: String)
    case processes(host: HostID, ProcessTable)
    case facts(host: HostID, HostFacts)
    /// The history is complete; what follows, where the view has no end, is live.
    case liveBegins
    /// The whole list of hosts, whenever one of them changes its state.
    case hosts([HostSummary])
    /// The newest marks on charts, whenever there is another; see ``Mark``.
    case marks([Mark])
    /// The connection to the hub was lost or refused; it is tried again.
    case hubLost(reason: String)
}

/// What a ``LiveUpdate/event(host:time:kind:labels:text:)`` is; the raw value is the kind on the wire.
package enum LogEventKind: String, Hashable, Sendable, CaseIterable {
    /// A line of a log that is followed, as it came.
    case line
    /// An example of the lines that tell of an error: one of many that are alike.
    case errorSample = "error-sample"
    /// A line that fits no known form, the first of its kind.
    case unreadLine = "unread-line"
}
