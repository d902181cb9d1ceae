import Fleet
import Testing

@Suite struct `A host target` {
    @Test(arguments: ["web1", "10.0.0.7", "fe80::1%eth0", "web_1.example.net", "a:2", "7"])
    func `takes a name that is one plain word`(_ name: String) throws {
        try HostTarget(name).check()
    }

    @Test(arguments: [
        "", "-oProxyCommand=x", "web 1", "web1\n", "ops@web1", "'web1'", "$(id)", "web1;id", "ünter", ".web",
        "a\u{0}b", String(repeating: "a", count: 254),
    ])
    func `refuses a name that could be an option or more than one word`(_ name: String) {
        #expect(throws: TargetRefusal.name(field: "name", value: name)) { try HostTarget(name).check() }
    }

    private struct Row: Sendable {
        let field: String
        let change: @Sendable (inout HostTarget) -> Void
    }

    private static let rows = [
        Row(field: "user") { $0.destination.user = "-lroot" },
        Row(field: "address") { $0.destination.address = "a b" },
        Row(field: "jump") { $0.jumps = [SSHDestination("-J")] },
        Row(field: "agent") { $0.agent = .path("bin/martlet-agent") },
        Row(field: "agent") { $0.agent = .path("/opt/a b") },
        Row(field: "agent_dir") { $0.agentFolder = "/tmp/$HOME" },
        Row(field: "identity") { $0.destination.identity = "-F/tmp/x" },
        Row(field: "identity") { $0.destination.identity = "/tmp/a\nb" },
    ]

    @Test(arguments: rows.indices)
    func `names the field that is refused`(_ index: Int) {
        let row = Self.rows[index]
        var target = HostTarget("web1")
        row.change(&target)
        do {
            try target.check()
            Issue.record("nothing was refused")
        } catch {
            #expect("\(error)".hasPrefix(row.field + " "), "\(error)")
        }
    }
}
