import Telemetry
import Testing
import Wire

private let hub = Hello(program: "martlet", programVersion: "0.1.0", host: "ops", nonce: 1)
private let agent = Hello(program: "martlet-agent", programVersion: "0.1.0", host: "web1", nonce: 2)
private let order = Order(id: "7", action: "restart", parameters: ["unit": "web"])
private let time = Timestamp(milliseconds: 9)

private func later(_ hello: Hello) -> Hello {
    var later = hello
    (later.oldestVersion, later.newestVersion) = (3, 4)
    return later
}

@Suite struct `The agent's session` {
    @Test(
        arguments: [
            (.credit(ticks: 1), AgentSession.Effect.none),
            (.resume(sequence: 4), .sendSnapshot),
            (
                .subscribe(Subscription(intervalMilliseconds: 0, wantsAllProcesses: true)),
                .sample(intervalMilliseconds: 1000, wantsAllProcesses: true, wantsLines: false)
            ),
            (
                .subscribe(Subscription(intervalMilliseconds: .max, wantsAllProcesses: false)),
                .sample(intervalMilliseconds: 3_600_000, wantsAllProcesses: false, wantsLines: false)
            ),
            (
                .replay(from: time, to: time, stepMilliseconds: 1000),
                .replay(from: time, to: time, stepMilliseconds: 1000)
            ),
            (.order(order), .start(order)),
            (.configuration([0x23]), .configure([0x23])),
            (.goodbye(reason: "later"), .close(reason: "the hub said goodbye: later")),
            (.liveBegins, .close(reason: "a hub does not send live-begins here")),
            (.hello(hub), .close(reason: "a hub does not send hello here")),
        ] as [(WireMessage, AgentSession.Effect)])
    func `answers each message of a hub`(_ row: (message: WireMessage, effect: AgentSession.Effect)) {
        var session = AgentSession()
        let greeting = session.receive(.hello(hub))
        #expect(greeting == .greeted)
        let effect = session.receive(row.message)
        #expect(effect == row.effect)
    }

    @Test func `refuses a hub without a common format by name, and then hears nothing`() {
        var session = AgentSession()
        let refusal = session.receive(.hello(later(hub)))
        #expect(
            refusal
                == .close(
                    reason: "martlet 0.1.0 speaks frame formats 3 to 4, this agent 1 to 1; "
                        + "install the same release on both ends"))
        let after = session.receive(.resume(sequence: 1))
        #expect(after == .none)
    }

    @Test func `wants a hello first`() {
        var session = AgentSession()
        let effect = session.receive(.resume(sequence: 1))
        #expect(effect == .close(reason: "the first frame must be a hello"))
    }

    @Test func `sends without bound until the first credit, and then as many ticks as were granted`() {
        var session = AgentSession()
        let unbounded = (0..<1000).map { _ in session.maySendTick() }
        _ = session.receive(.hello(hub))
        _ = session.receive(.credit(ticks: 2))
        let bounded = (0..<4).map { _ in session.maySendTick() }
        _ = session.receive(.credit(ticks: 1))
        let granted = session.maySendTick()
        #expect(!unbounded.contains(false))
        #expect(bounded == [true, true, false, false])
        #expect(granted)
        #expect(session.withheldTicks == 2)
    }

    @Test func `closes on a hub that asks without end`() {
        var session = AgentSession()
        _ = session.receive(.hello(hub))
        let effects = (0..<200).map { _ in session.receive(.resume(sequence: 1)) }
        #expect(effects.filter { $0 == .sendSnapshot }.count == AgentSession.requestsPerTickMax - 1)
        #expect(effects.filter { if case .close = $0 { true } else { false } }.count == 1)
    }
}

@Suite struct `The hub's session` {
    private let subscription = Subscription(intervalMilliseconds: 1000, wantsAllProcesses: false)

    private func open() -> HubSession {
        var session = HubSession(hello: hub, subscription: subscription)
        let effect = session.receive(.hello(agent), atMilliseconds: 0)
        #expect(effect == .send([.hello(hub), .subscribe(subscription)]))
        return session
    }

    private func tick(_ sequence: UInt64, samples: Int = 0) -> WireMessage {
        let sample = TickSample(index: 0, ageMilliseconds: 0, value: 1)
        return .tick(
            Tick(
                sequence: sequence, time: time, isSnapshot: false,
                samples: Array(repeating: sample, count: samples)))
    }

    @Test(
        arguments: [
            (.event(WireEvent(time: time, kind: "deploy", labels: [:], text: "")), nil),
            (.order(order), "not_an_agent"), (.credit(ticks: 1), "not_an_agent"),
            (.hello(agent), "second_hello"), (.goodbye(reason: "bye"), "goodbye"),
        ] as [(WireMessage, String?)])
    func `takes an agent's messages and closes on others by name`(_ row: (WireMessage, String?)) {
        var session = open()
        let effect = session.receive(row.0, atMilliseconds: 1)
        if case .close(let name, _) = effect {
            #expect(name == row.1)
        } else {
            #expect(effect == .take && row.1 == nil)
        }
    }

    @Test(
        arguments: [
            (.awaited, [0x23], true), (.awaited, nil, false), (.own, [0x23], false), (.unsaid, [0x23], false),
        ] as [(Hello.Configuration, [UInt8]?, Bool)])
    func `sends a configuration to an agent that awaits one, before the subscription`(
        _ row: (agent: Hello.Configuration, text: [UInt8]?, isSent: Bool)
    ) {
        var greeting = agent
        greeting.configuration = row.agent
        var session = HubSession(hello: hub, subscription: subscription, configuration: row.text)
        let effect = session.receive(.hello(greeting), atMilliseconds: 0)
        let sent: [WireMessage] = row.isSent ? [.configuration([0x23])] : []
        #expect(effect == .send([.hello(hub)] + sent + [.subscribe(subscription)]))
    }

    @Test func `wants a hello first, and a format that both speak`() {
        var early = HubSession(hello: hub, subscription: subscription)
        let first = early.receive(tick(1), atMilliseconds: 0)
        #expect(first == .close(name: "no_hello", reason: "the first frame must be a hello"))
        var late = HubSession(hello: hub, subscription: subscription)
        guard case .close("version", let reason) = late.receive(.hello(later(agent)), atMilliseconds: 0)
        else {
            Issue.record("a hello of formats 3 to 4 was taken")
            return
        }
        #expect(reason.contains("martlet-agent 0.1.0 speaks frame formats 3 to 4, this hub 1 to 1"))
    }

    @Test func `leaves out a tick that comes again`() {
        var session = open()
        let effects = [1, 2, 2, 1, 3].map { session.receive(tick($0), atMilliseconds: 0) }
        #expect(effects == [.take, .take, .none, .none, .take])
        #expect(session.duplicateTicks == 2)
    }

    @Test func `grants credit anew when half of it is used`() {
        var session = open()
        let first = session.replies(skippedTicks: 0)
        for sequence in 1...63 { _ = session.receive(tick(UInt64(sequence)), atMilliseconds: 0) }
        let early = session.replies(skippedTicks: 0)
        _ = session.receive(tick(64), atMilliseconds: 0)
        let due = session.replies(skippedTicks: 0)
        #expect(first == [.credit(ticks: 128)])
        #expect(early.isEmpty)
        #expect(due == [.acknowledge(sequence: 64), .credit(ticks: 64)])
    }

    @Test func `asks for a snapshot once a gap`() {
        var session = open()
        _ = session.replies(skippedTicks: 0)
        _ = session.receive(tick(1), atMilliseconds: 0)
        let gap = session.replies(skippedTicks: 1)
        let still = session.replies(skippedTicks: 2)
        _ = session.receive(tick(9), atMilliseconds: 0)
        let second = session.replies(skippedTicks: 3)
        #expect(gap == [.resume(sequence: 1)])
        #expect(still.isEmpty)
        #expect(second == [.resume(sequence: 9)])
    }

    @Test func `slows an agent that floods, and closes it only if it was not slowed`() {
        var session = open()
        for sequence in 1...5500 { _ = session.receive(tick(UInt64(sequence)), atMilliseconds: 0) }
        let pause = session.pauseMilliseconds
        #expect((900...1100).contains(pause))
        _ = session.receive(tick(6000), atMilliseconds: pause + 10)
        #expect(session.pauseMilliseconds == 0)
        var effect = HubSession.Effect.take
        for sequence in 7000...30_000 where effect == .take {
            effect = session.receive(tick(UInt64(sequence)), atMilliseconds: pause + 10)
        }
        #expect(effect == .close(name: "flood", reason: "more than 500 frames a second"))
    }

    @Test func `weighs a tick by its samples`() {
        var session = open()
        for sequence in 1...100 {
            _ = session.receive(tick(UInt64(sequence), samples: 60_000), atMilliseconds: 0)
        }
        #expect(session.pauseMilliseconds > 0)
    }
}
