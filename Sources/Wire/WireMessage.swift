package import Telemetry

/// What one frame says. Ticks and dictionary entries are written by `SampleEncoder`, all else by `FrameEncoder`.
package enum WireMessage: Equatable, Sendable {
    case hello(Hello)
    case define(SeriesDescription)
    /// The series with this index has no more values.
    case retire(index: Int32)
    case tick(Tick)
    /// A histogram series' state in the tick before it.
    case histogram(index: Int32, ExponentialHistogram)
    /// `host` is empty on an agent's own link.
    case processes(host: String, ProcessTable)
    case facts(host: String, HostFacts)
    case event(WireEvent)
    /// The history is complete; what follows is live.
    case liveBegins
    case goodbye(reason: String)
    /// The oldest and newest recorded time that the agent could replay.
    case have(from: Timestamp, to: Timestamp)
    case report(Report)
    /// What the host lets others start; again whenever that changes.
    case actions(HostActions)
    case output(OutputPart)
    /// What a recorder held of the span that a replay asked for, portion by portion.
    case past(PastPortion)
    case subscribe(Subscription)
    /// Send again what came after this sequence number, or a snapshot.
    case resume(sequence: UInt64)
    case replay(from: Timestamp, to: Timestamp, stepMilliseconds: UInt32)
    /// The reader takes this many ticks more.
    case credit(ticks: UInt32)
    case acknowledge(sequence: UInt64)
    case order(Order)
    /// End what the order of this id started; `actor` asked for it.
    case cancel(id: String, actor: Labels)
    /// An agent.conf for a host that has none, as it stands in its file.
    case configuration([UInt8])
}

extension WireMessage {
    /// One word for messages, counts and logs.
    package var name: String {
        switch self {
        case .hello: "hello"
        case .define: "define"
        case .retire: "retire"
        case .tick: "tick"
        case .histogram: "histogram"
        case .processes: "processes"
        case .facts: "facts"
        case .event: "event"
        case .liveBegins: "live-begins"
        case .goodbye: "goodbye"
        case .have: "have"
        case .report: "report"
        case .actions: "actions"
        case .output: "output"
        case .past: "past"
        case .subscribe: "subscribe"
        case .resume: "resume"
        case .replay: "replay"
        case .credit: "credit"
        case .acknowledge: "acknowledge"
        case .order: "order"
        case .cancel: "cancel"
        case .configuration: "configuration"
        }
    }
}
