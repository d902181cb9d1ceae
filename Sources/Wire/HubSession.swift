/// The hub's side of a session with one agent: which of its messages count, and what to send it; pure.
package struct HubSession: Sendable {
    package enum Effect: Equatable, Sendable {
        case none
        /// Take the message in.
        case take
        /// Send these, and take nothing in.
        case send([WireMessage])
        /// End the source; the reason is shown, its name counted.
        case close(name: String, reason: String)
    }

    /// An agent sends a handful of frames a second; a hundred times as many for ten seconds is a flood.
    package static let framesPerSecondMax = 500.0
    package static let burstFrames = 5000.0

    private let hello: Hello
    private let subscription: Subscription
    private var isOpen = false
    private var allowance = burstFrames
    private var lastMilliseconds: Int64?

    package private(set) var agent: Hello?

    package init(hello: Hello, subscription: Subscription) {
        self.hello = hello
        self.subscription = subscription
    }

    /// What `message`, received at `milliseconds` of any steady clock, makes the hub do.
    package mutating func receive(_ message: WireMessage, atMilliseconds milliseconds: Int64) -> Effect {
        if !isFrameAllowed(milliseconds, message) {
            return .close(name: "flood", reason: "more than \(Int(Self.framesPerSecondMax)) frames a second")
        }
        switch message {
        case .hello(let hello): return greet(hello)
        case .goodbye(let reason): return .close(name: "goodbye", reason: reason)
        case .define, .retire, .tick, .histogram, .processes, .facts, .event, .have, .report:
            return isOpen ? .take : .close(name: "no_hello", reason: "the first frame must be a hello")
        case .liveBegins: return .none
        case .subscribe, .resume, .replay, .credit, .acknowledge, .order:
            return .close(name: "not_an_agent", reason: "an agent does not send this kind of frame")
        }
    }

    private mutating func greet(_ agent: Hello) -> Effect {
        guard !isOpen else { return .close(name: "second_hello", reason: "a second hello in one session") }
        guard min(agent.newestVersion, WireVersion.current) >= max(agent.oldestVersion, WireVersion.oldest)
        else {
            return .close(
                name: "version",
                reason:
                    "\(agent.program) \(agent.programVersion) speaks frame formats \(agent.oldestVersion) to "
                    + "\(agent.newestVersion), this hub \(WireVersion.oldest) to \(WireVersion.current); "
                    + "install the same release on both ends")
        }
        isOpen = true
        self.agent = agent
        return .send([.hello(hello), .subscribe(subscription)])
    }

    /// A bucket that fills with time. Dictionary entries come by the hundred in one frame and are not counted.
    private mutating func isFrameAllowed(_ milliseconds: Int64, _ message: WireMessage) -> Bool {
        switch message {
        case .define, .retire: return true
        default: break
        }
        if let last = lastMilliseconds {
            let passed = Double(max(0, milliseconds - last)) / 1000
            allowance = min(Self.burstFrames, allowance + passed * Self.framesPerSecondMax)
        }
        lastMilliseconds = milliseconds
        allowance -= 1
        return allowance >= 0
    }
}
