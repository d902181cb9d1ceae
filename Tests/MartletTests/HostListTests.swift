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

    @Test(
        arguments: [
            (["web1"], 1), (["web*", "db1"], 3), ([], 3), (["role=db"], 1), (["not web*"], 1),
            (["version=0.1.0"], nil),
            (["web1 db1"], nil), (["web3"], nil), (["role=mail"], nil),
        ] as [([String], Int?)])
    func `is of those that its words select, and a selection of nobody is refused`(
        _ words: [String], _ count: Int?
    ) throws {
        var db = Self.host("db1", .live)
        db.tags = ["role": "db"]
        let all = [db, Self.host("web1", .live), Self.host("web2", .live)]
        guard let count else {
            #expect(throws: ValidationError.self) { try HostsCommand.selected(all, words) }
            return
        }
        #expect(try HostsCommand.selected(all, words).count == count)
        if words.isEmpty { #expect(try HostsCommand.selected([], words).isEmpty) }
    }

    private static func host(_ name: String, _ state: LinkState, failure: String? = nil) -> HostSummary {
        var host = HostSummary(host: name, source: "ssh \(name)", state: state, agentVersion: "0.1.0")
        host.failure = failure
        return host
    }

    private static let lists: [[HostSummary]] = [
        [host("web1", .live), host("web2", .connecting)],
        // Nothing that anybody asked for.
        [host("web1", .live), host("web2", .connecting)],
        [
            host("web1", .live),
            host("web2", .failed(reason: "try\u{1B}[2J it", retryAt: 0), failure: "no_route"),
        ],
        // Another moment of the next try is no news.
        [
            host("web1", .live),
            host("web2", .failed(reason: "try\u{1B}[2J it", retryAt: 9), failure: "no_route"),
        ],
        [host("web1", .live), host("web2", .connecting)],
        [
            host("web1", .live),
            host("web2", .failed(reason: "try\u{1B}[2J it", retryAt: 20), failure: "no_route"),
        ],
        [host("web2", .live)], [],
    ]

    @Test func `follows what changes, a line each`() throws {
        var printer = HostPrinter(format: .table)
        let lines = try Self.lists.map { hosts in
            try printer.text(of: hosts, at: Self.now).split(separator: "\n").map { line in
                line.split(separator: " ").dropFirst(2).joined(separator: " ")
            }
        }
        #expect(
            lines == [
                ["web1 live", "web2 connecting"], [], ["web2 no_route try␛[2J it"], [], [], [],
                ["web2 live", "web1 gone"], ["web2 gone"],
            ])
    }

    @Test(arguments: [(ListFormat.jsonl, 6), (.json, 6), (.csv, 7)])
    func `follows for programs, with one line of names where those are wanted`(
        _ format: ListFormat, _ count: Int
    ) throws {
        var printer = HostPrinter(format: format)
        let lines = try Self.lists.flatMap { try printer.text(of: $0, at: Self.now).split(separator: "\n") }
        #expect(lines.count == count, "\(lines)")
        #expect(lines.count { $0.hasPrefix("at,host") } == (format == .csv ? 1 : 0))
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
