import Fleet
import Telemetry
import Testing

@testable import martlet

/// How long somebody waits for an order whose host is away.
@Suite struct `The patience with orders` {
    private static let listing = ActionListing(
        host: "web1",
        HostActions(actions: [
            DeclaredAction(
                name: "restart-web", about: "", danger: .service, lock: "web", user: "",
                timeoutMilliseconds: 30_000,
                expectsReboot: false, returnMilliseconds: 0, parameters: [])
        ]))

    private static func patience() -> OrderPatience {
        OrderPatience(action: "restart-web", [listing]) { "\($0 / 1000) s" }
    }

    private static func run(
        _ state: OrderRun.State = .running, returnsWithin: Int64? = nil
    ) -> OrderRun {
        OrderRun(
            id: "4f19", host: "web1", action: "restart-web", state: state, orderedAt: 1000,
            returnsWithin: returnsWithin)
    }

    private static func host(_ state: LinkState) -> HostSummary {
        HostSummary(host: "web1", source: "ssh web1", state: state, lastFrame: 9000)
    }

    private static let gone = LinkState.failed(reason: "no route to host", retryAt: 0)

    @Test(
        arguments: [
            // The timeout and a minute after the order, not before.
            (90_999, Self.gone, nil, nil), (91_000, Self.gone, nil, "running"),
            (91_000, .stale, nil, "running"),
            (91_000, .connecting, nil, "running"),
            // A host that is there tells of the end itself.
            (10_000_000, .live, nil, nil),
            // The hub gives up what was to come back, a minute after its time; then a minute more.
            (720_999, Self.gone, 600_000, nil), (721_000, Self.gone, 600_000, "running"),
            // An agent may say anything: a day is the most.
            (86_520_999, Self.gone, .max, nil), (86_521_000, Self.gone, .max, "running"),
        ] as [(Int64, LinkState, Int64?, String?)])
    func `ends a minute after the action's time, where the host is away`(
        _ now: Int64, _ state: LinkState, _ returnsWithin: Int64?, _ lastWord: String?
    ) {
        var patience = Self.patience()
        let found = patience.look([Self.run(returnsWithin: returnsWithin)], [Self.host(state)], at: now)
        #expect(found.givenUp.map(\.state) == (lastWord == nil ? [] : [.unknown]))
        let text = lastWord.map { "web1 has not come back; its last word at 9 s: \($0)" }
        #expect(found.givenUp.first?.text == text)
        #expect(
            ActionRunCommand.status(of: found.givenUp, waited: true)
                == (lastWord == nil ? nil : ExitStatus.bad))
    }

    @Test func `says once that a host is away, and that it is back`() {
        var patience = Self.patience()
        let (run, away, there) = (Self.run(), Self.host(Self.gone), Self.host(.live))
        #expect(
            patience.look([run], [away], at: 10_000).words
                == ["web1 is away: no route to host; waits for it until 91 s"])
        #expect(patience.look([run], [away], at: 11_000).words.isEmpty)
        #expect(patience.look([run], [there], at: 12_000).words == ["web1 is back"])
        #expect(patience.look([run], [there], at: 13_000) == OrderPatience.Finding())
    }

    @Test func `is over once, and never for what has ended`() {
        var patience = Self.patience()
        #expect(patience.look([Self.run()], [], at: 91_000).givenUp.count == 1)
        #expect(patience.look([Self.run()], [], at: 92_000) == OrderPatience.Finding())
        #expect(patience.look([Self.run(.succeeded)], [], at: 92_000) == OrderPatience.Finding())
    }

    @Test func `leaves words that name what goes on and how to look at it`() {
        let words = OrderFollow.later([Self.run()])
        #expect(words.hasPrefix("goes on without this command: restart-web on web1 (4f19)\n"))
        #expect(words.contains("`martlet audit`") && words.contains("`martlet action cancel`"))
    }
}
