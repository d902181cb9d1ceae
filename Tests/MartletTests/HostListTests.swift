import ArgumentParser
import Fleet
import Telemetry
import Testing

@testable import martlet

@Suite struct `The list of hosts` {
    private static let now = Timestamp(milliseconds: 1_785_594_000_000)

    /// Operators-contract 2.1, rule 7: what needs a person has a state of its own, with the command that mends it.
    @Test(arguments: [
        (LinkState.live, nil, "live", "-"), (.connecting, nil, "connecting", "-"),
        (.stale, nil, "stale", "-"),
        (.off, nil, "off", "-"),
        (.failed(reason: "try ssh web1", retryAt: 0), "key_unknown", "key_unknown", "try ssh web1"),
        (
            .failed(reason: "martlet --ask web1", retryAt: 0), "needs_person", "needs_person",
            "martlet --ask web1"
        ),
        (.failed(reason: "agent_dir", retryAt: 0), "noexec", "noexec", "agent_dir"),
        // A hub that says nothing of it.
        (.failed(reason: "gone", retryAt: 0), nil, "failed", "gone"),
    ])
    func `has a word for each state, and why`(
        _ state: LinkState, _ failure: String?, _ word: String, _ reason: String
    ) {
        var host = HostSummary(host: "web1", source: "ssh web1", state: state)
        host.failure = failure
        let row = HostsCommand.report([host], now: Self.now).rows[0]
        #expect(row[1] == word && row.last == reason)
    }
}

@Suite struct `A word of --since` {
    private static let now = Timestamp(milliseconds: 1_785_594_000_000)

    @Test(arguments: [
        ("2d", true), ("72h", true), ("4d", false), ("73h", false), ("123d", true), ("a41f", true),
    ])
    func `is a length of time, or an id where it is longer than what is kept`(_ word: String, _ isTaken: Bool)
    {
        let span = SinceSpan(since: word, days: 3)
        let isRefused = (try? span.check(now: Self.now)) == nil
        #expect(isRefused != isTaken)
    }
}
