/// The agent's side of a session: what a message of the hub makes it do; pure.
///
/// An agent streams from its first byte on, so that `martlet-agent stream > file` needs no hub; a hub that
/// answers may change the interval, ask for a snapshot, or refuse.
package struct AgentSession: Sendable {
    package enum Effect: Equatable, Sendable {
        case none
        case sendSnapshot
        case sample(intervalMilliseconds: UInt32, wantsAllProcesses: Bool)
        case answer(WireMessage)
        case close(reason: String)
    }

    private enum State: Equatable, Sendable {
        /// Streams; nobody has answered.
        case unanswered
        case open(version: UInt8)
        case closed
    }

    /// A second is the finest interval; anything slower than an hour is a mistake.
    package static let intervalRange: ClosedRange<UInt32> = 1000...3_600_000

    private var state = State.unanswered
    package private(set) var acknowledged: UInt64 = 0

    package init() {}

    package mutating func receive(_ message: WireMessage) -> Effect {
        switch state {
        case .closed: .none
        case .unanswered: greet(message)
        case .open: serve(message)
        }
    }

    private mutating func greet(_ message: WireMessage) -> Effect {
        guard case .hello(let hello) = message else {
            state = .closed
            return .close(reason: "the first frame must be a hello")
        }
        let newest = min(hello.newestVersion, WireVersion.current)
        guard newest >= max(hello.oldestVersion, WireVersion.oldest) else {
            state = .closed
            return .close(
                reason:
                    "\(hello.program) \(hello.programVersion) speaks frame formats \(hello.oldestVersion) to "
                    + "\(hello.newestVersion), this agent \(WireVersion.oldest) to \(WireVersion.current)")
        }
        state = .open(version: newest)
        return .none
    }

    private mutating func serve(_ message: WireMessage) -> Effect {
        switch message {
        case .subscribe(let subscription):
            let interval = subscription.intervalMilliseconds
            return .sample(
                intervalMilliseconds: min(
                    max(interval, Self.intervalRange.lowerBound), Self.intervalRange.upperBound),
                wantsAllProcesses: subscription.wantsAllProcesses)
        case .resume: return .sendSnapshot
        case .acknowledge(let sequence):
            acknowledged = max(acknowledged, sequence)
            return .none
        case .order(let order):
            return .answer(
                .report(
                    Report(id: order.id, state: .refused, exitStatus: 0, text: "this host declares no action")
                ))
        case .goodbye(let reason):
            state = .closed
            return .close(reason: "the hub said goodbye: \(reason)")
        case .credit, .replay: return .none
        case .hello, .define, .retire, .tick, .histogram, .processes, .facts, .event, .liveBegins, .have,
            .report:
            state = .closed
            return .close(reason: "a hub does not send this kind of frame here")
        }
    }
}
