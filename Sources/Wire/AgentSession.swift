package import Telemetry

/// The agent's side of a session: what a message of the hub makes it do; pure.
///
/// An agent streams from its first byte on, so that `martlet-agent stream > file` needs no hub; a hub that
/// answers may change the interval, ask for a snapshot, hold ticks back by credit, or refuse.
package struct AgentSession: Sendable {
    /// What the agent is to do about a message.
    package enum Effect: Equatable, Sendable {
        case none
        case sendSnapshot
        case sample(intervalMilliseconds: UInt32, wantsAllProcesses: Bool, wantsLines: Bool)
        case answer(WireMessage)
        /// To be checked, and started if it may be.
        case start(Order)
        case cancel(id: String, actor: Labels)
        /// The hub has said hello: it may be told what there is of the past.
        case greeted
        case replay(from: Timestamp, to: Timestamp, stepMilliseconds: UInt32)
        /// Text of the hub's, yet to be checked, that is to be this host's agent.conf.
        case configure([UInt8])
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
    /// Requests that are served between two ticks; a hub that asks for more is closed.
    package static let requestsPerTickMax = 100

    private var state = State.unanswered
    /// Ticks that may still be sent; nil until the hub's first credit, which is no bound.
    private var credit: UInt64?
    private var requests = 0
    package private(set) var acknowledged: UInt64 = 0
    /// Ticks that were not sent because the hub gave no credit.
    package private(set) var withheldTicks: UInt64 = 0

    package init() {}

    /// Whether the tick that is due may be sent; asked once a tick.
    ///
    /// A tick that may not is not encoded either, so the next one carries the difference: the hub sees a
    /// gap in time and none in the sequence.
    package mutating func maySendTick() -> Bool {
        requests = 0
        guard let left = credit else { return true }
        guard left > 0 else {
            withheldTicks &+= 1
            return false
        }
        credit = left - 1
        return true
    }

    /// Credit that late ticks leave for those of the moment.
    private static let creditForNow: UInt64 = 16

    /// Whether a tick of a past moment may be sent.
    package var hasCreditForLateTicks: Bool { credit.map { $0 > Self.creditForNow } ?? true }

    /// Whether one more tick of a past moment may be sent.
    package mutating func maySendLateTick() -> Bool {
        guard let left = credit else { return true }
        guard left > Self.creditForNow else { return false }
        credit = left - 1
        return true
    }

    package mutating func receive(_ message: WireMessage) -> Effect {
        requests += 1
        guard requests <= Self.requestsPerTickMax else {
            return close("more than \(Self.requestsPerTickMax) requests between two ticks")
        }
        return switch state {
        case .closed: .none
        case .unanswered: greet(message)
        case .open: serve(message)
        }
    }

    private mutating func greet(_ message: WireMessage) -> Effect {
        guard case .hello(let hello) = message else { return close("the first frame must be a hello") }
        guard let version = WireVersion.common(with: hello) else {
            return close(WireVersion.refusal(of: hello, by: "this agent"))
        }
        state = .open(version: version)
        return .greeted
    }

    private mutating func serve(_ message: WireMessage) -> Effect {
        switch message {
        case .subscribe(let subscription):
            let interval = subscription.intervalMilliseconds
            return .sample(
                intervalMilliseconds: min(
                    max(interval, Self.intervalRange.lowerBound), Self.intervalRange.upperBound),
                wantsAllProcesses: subscription.wantsAllProcesses, wantsLines: subscription.wantsLines)
        case .resume: return .sendSnapshot
        case .credit(let ticks):
            credit = (credit ?? 0).addingReportingOverflow(UInt64(ticks)).partialValue
            return .none
        case .acknowledge(let sequence):
            acknowledged = max(acknowledged, sequence)
            return .none
        case .order(let order):
            return .start(order)
        case .cancel(let id, let actor): return .cancel(id: id, actor: actor)
        case .configuration(let text): return .configure(text)
        case .replay(let from, let to, let step): return .replay(from: from, to: to, stepMilliseconds: step)
        case .goodbye(let reason): return close("the hub said goodbye: \(reason)")
        case .hello, .define, .retire, .tick, .histogram, .processes, .facts, .event, .liveBegins, .have,
            .report, .actions, .output, .past:
            return close("a hub does not send \(message.name) here")
        }
    }

    private mutating func close(_ reason: String) -> Effect {
        guard state != .closed else { return .none }
        state = .closed
        return .close(reason: reason)
    }
}
