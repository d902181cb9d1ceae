/// The hub's side of a session with one agent: which of its messages count, and what to send it; pure.
///
/// After each portion of bytes the hub writes what `replies` gives and reads no more for
/// `pauseMilliseconds`: so a flooding agent is slowed by its own pipe, and nothing is lost.
package struct HubSession: Sendable {
    /// What the hub is to do about a message.
    package enum Effect: Equatable, Sendable {
        case none
        /// Take the message in.
        case take
        /// Send these, and take nothing in.
        case send([WireMessage])
        /// End the source; the reason is shown, its name counted.
        case close(name: String, reason: String)
    }

    private enum State: Equatable, Sendable {
        case expectingHello
        case open(version: UInt8)
        case closed
    }

    /// An agent sends a handful of frames a second; a hundred times as many for ten seconds is a flood.
    package static let framesPerSecondMax = 500.0
    package static let burstFrames = 5000.0
    /// So many samples of a tick weigh as one frame more.
    package static let samplesPerFrame = 1000
    /// Series that an agent may define: what the hub gives its `FrameDecoder`.
    package static let seriesMax = 1 << 16
    /// Ticks that an agent may send beyond what was acknowledged; half of them are granted anew at a time.
    package static let creditTicks: UInt32 = 128

    private let hello: Hello
    private let subscription: Subscription
    /// For an agent that awaits one; nil sends none.
    private let configuration: [UInt8]?
    private var state = State.expectingHello
    private var allowance = burstFrames
    private var lastMilliseconds: Int64?
    private var lastSequence: UInt64 = 0
    private var takenTicks: UInt32 = 0
    private var hasGrantedCredit = false
    private var skippedBefore: UInt64 = 0
    private var isInGap = false

    package private(set) var agent: Hello?
    /// Ticks that came a second time and were left out.
    package private(set) var duplicateTicks: UInt64 = 0

    package init(hello: Hello, subscription: Subscription, configuration: [UInt8]? = nil) {
        self.hello = hello
        self.subscription = subscription
        self.configuration = configuration
    }

    /// What `message`, received at `milliseconds` of any steady clock, makes the hub do.
    package mutating func receive(_ message: WireMessage, atMilliseconds milliseconds: Int64) -> Effect {
        guard state != .closed else { return .none }
        charge(message, at: milliseconds)
        guard allowance >= -2 * Self.burstFrames else {
            return close("flood", "more than \(Int(Self.framesPerSecondMax)) frames a second")
        }
        switch message {
        case .hello(let hello): return greet(hello)
        case .goodbye(let reason): return close("goodbye", reason)
        case .tick(let tick): return isOpen ? take(tick) : closeForNoHello()
        case .define, .retire, .histogram, .processes, .facts, .event, .have, .report, .actions, .output,
            .past:
            return isOpen ? .take : closeForNoHello()
        case .liveBegins: return .none
        case .subscribe, .resume, .replay, .credit, .acknowledge, .order, .cancel, .configuration:
            return close("not_an_agent", "an agent does not send \(message.name)")
        }
    }

    /// Milliseconds for which the hub reads no more from this agent: zero unless it floods.
    package var pauseMilliseconds: Int64 {
        allowance >= 0 ? 0 : Int64((-allowance / Self.framesPerSecondMax * 1000).rounded(.up))
    }

    /// What to write after the messages of a portion: credit, acknowledgement, and after a gap the request
    /// for a snapshot. `skippedTicks` is the decoder's count.
    ///
    /// The first call bounds the agent by credit, so who calls once goes on calling.
    package mutating func replies(skippedTicks: UInt64) -> [WireMessage] {
        guard isOpen else { return [] }
        var replies: [WireMessage] = []
        if !hasGrantedCredit {
            hasGrantedCredit = true
            takenTicks = 0
            replies.append(.credit(ticks: Self.creditTicks))
        } else if takenTicks >= Self.creditTicks / 2 {
            replies.append(.acknowledge(sequence: lastSequence))
            replies.append(.credit(ticks: takenTicks))
            takenTicks = 0
        }
        // One request a gap: the ticks until the snapshot are skipped too and ask for nothing.
        if skippedTicks > skippedBefore {
            if !isInGap { replies.append(.resume(sequence: lastSequence)) }
            isInGap = true
            takenTicks =
                takenTicks.addingReportingOverflow(
                    UInt32(truncatingIfNeeded: skippedTicks - skippedBefore)
                ).partialValue
            skippedBefore = skippedTicks
        }
        return replies
    }

    private var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    private mutating func close(_ name: String, _ reason: String) -> Effect {
        state = .closed
        return .close(name: name, reason: reason)
    }

    private mutating func closeForNoHello() -> Effect {
        close("no_hello", "the first frame must be a hello")
    }

    private mutating func greet(_ agent: Hello) -> Effect {
        guard state == .expectingHello else { return close("second_hello", "a second hello in one session") }
        guard let version = WireVersion.common(with: agent) else {
            return close("version", WireVersion.refusal(of: agent, by: "this hub"))
        }
        state = .open(version: version)
        self.agent = agent
        // The subscription ends the agent's waiting for a configuration, so it comes behind it.
        var answers: [WireMessage] = [.hello(hello)]
        if agent.configuration == .awaited, let configuration {
            answers.append(.configuration(configuration))
        }
        return .send(answers + [.subscribe(subscription)])
    }

    private mutating func take(_ tick: Tick) -> Effect {
        takenTicks = takenTicks.addingReportingOverflow(1).partialValue
        guard tick.sequence > lastSequence else {
            duplicateTicks &+= 1
            return .none
        }
        lastSequence = tick.sequence
        isInGap = false
        return .take
    }

    /// A bucket that fills with time. Dictionary entries come by the hundred in one frame and cost nothing:
    /// the dictionary has limits of its own.
    private mutating func charge(_ message: WireMessage, at milliseconds: Int64) {
        var cost = 1.0
        switch message {
        case .define, .retire: return
        case .tick(let tick): cost += Double(tick.samples.count / Self.samplesPerFrame)
        default: break
        }
        if let last = lastMilliseconds, milliseconds > last {
            let passed = Double(milliseconds - last) / 1000
            allowance = min(Self.burstFrames, allowance + passed * Self.framesPerSecondMax)
        }
        lastMilliseconds = max(lastMilliseconds ?? milliseconds, milliseconds)
        allowance -= cost
    }
}
