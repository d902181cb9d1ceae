import Agent
import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

/// agent_conf of hosts.yaml, as a host without a file of its own takes it.
@Suite struct `A configuration that is sent` {
    @Test(arguments: [
        ("[agent]\nname = web", "web.conf:2:1: name is not sent to hosts, only interval, processes"),
        ("[agent]\ndiscover = no", "web.conf:2:1: discover is not sent"),
        ("[agent]\nactions = no", "web.conf:2:1: actions is not sent"),
        ("\n[record]\nage = 1d", "web.conf:2:1: [record] is not sent to hosts"),
        (
            "[action restart]\nabout = x\nrun = /bin/true",
            "web.conf:1:1: [action restart] is not sent to hosts, because actions live on the host"
        ),
        ("[probe web]\nrun = /bin/true", "web.conf:2:1: run is not sent to hosts, only http, tcp and tls"),
        ("[log web]\npath = access.log", "web.conf:2:1: path = access.log: is sent to hosts, so it must be"),
        ("[log web]\npath = /x\nfromat = json", "web.conf:3:1: unknown key \"fromat\" in [log web]"),
        (String(repeating: "#\n", count: 40_000), "web.conf: has more than 64 KiB"),
    ])
    func `is refused whole for what a host says alone, at its place`(_ row: (text: String, finding: String)) {
        let (_, findings) = AgentConfiguration.sent(Array(row.text.utf8), file: "web.conf")
        #expect(findings.contains { "\($0)".hasPrefix(row.finding) }, "\(findings)")
    }

    @Test func `may name an interval, processes, command lines, logs and probes`() {
        let text = """
            [agent]
            interval = 10s
            processes = 5
            command_lines = name
            [log web]
            path = /var/log/nginx/*.log
            [log worker]
            journal = worker.service
            [probe web]
            http = http://127.0.0.1/healthz
            [probe database]
            tcp = 127.0.0.1:5432
            [probe shop]
            tls = shop.example.net:443
            """
        let (configuration, findings) = AgentConfiguration.sent(Array(text.utf8), file: "web.conf")
        #expect(findings == [])
        #expect(configuration.logs.count == 2 && configuration.probes.count == 3)
    }

    @Test func `is checked by a command`() throws {
        let agent = try #require(Program.built("martlet-agent"))
        let folder = try TemporaryFolder()
        func check(_ text: String, _ words: [String] = []) throws -> Program.Result {
            let file = folder.url.appending(path: "web.conf")
            try Data(text.utf8).write(to: file)
            return try Program.run(agent, ["check", "--sent", file.path] + words)
        }
        let right = try check("[log web]\npath = /nowhere/here.log\n")
        #expect(right.status == 0 && right.output.contains("may be sent: 1 log, 0 probes"), "\(right)")
        let wrong = try check("[action x]\nabout = x\nrun = /x\n", ["-o", "json"])
        #expect(wrong.status == 65 && wrong.output.contains("\"line\":1,\"column\":1"), "\(wrong)")
        let interval = try check("[agent]\ninterval = 10s\n", ["-o", "json"])
        #expect(interval.output.hasSuffix("\"findings\":[],\"interval_ms\":10000}\n"), "\(interval)")
        #expect(try Program.run(agent, ["check", "--sent"]).status == 64)
        #expect(try Program.run(agent, ["check", "--sent", "/nowhere/x.conf"]).status == 66)
    }

    // MARK: On a host

    private let hub: [WireMessage] = [.hello(Hello(program: "test", programVersion: "1", host: "", nonce: 3))]
    private let subscribe: [WireMessage] = [
        .subscribe(Subscription(intervalMilliseconds: 1000, wantsAllProcesses: false))
    ]

    /// A stream of a host whose configuration folder holds `own`, if anything, and a log of three requests.
    private func stream(_ folder: TemporaryFolder, own: String? = nil) throws -> AgentProcess {
        let root = folder.url.path
        let line = #"192.0.2.7 - - [01/Jan/2030:00:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "-""# + "\n"
        try Data("".utf8).write(to: URL(filePath: "\(root)/sent.log"))
        try Data(String(repeating: line, count: 3).utf8).write(to: URL(filePath: "\(root)/line"))
        if let own { try Data(own.utf8).write(to: URL(filePath: "\(root)/agent.conf")) }
        return try AgentProcess(
            ["stream", "--processes", "0"],
            environment: ["MARTLET_CONFIG=\(root)", "XDG_STATE_HOME=\(root)/state", "HOME=\(root)"])
    }

    /// Writes the three requests as they come.
    private func serve(_ folder: TemporaryFolder) throws {
        let root = folder.url.path
        _ = try Program.run("/bin/sh", ["-c", "cat '\(root)/line' >> '\(root)/sent.log'"])
    }

    private func conf(_ folder: TemporaryFolder, service: String) -> String {
        "[log \(service)]\npath = \(folder.url.path)/sent.log\nformat = nginx\n"
    }

    @Test func `is followed from the first tick on where the host has no file`() throws {
        let folder = try TemporaryFolder()
        let agent = try stream(folder)
        #expect(try agent.eventually { agent.hellos.count == 1 })
        #expect(agent.hellos.first?.configuration == .awaited)
        #expect(agent.ticks == 0, "nothing is counted before it")
        agent.send(hub + [.configuration(Array(conf(folder, service: "sent").utf8))] + subscribe)
        #expect(try agent.eventually { agent.ticks > 1 })
        try serve(folder)
        #expect(try agent.eventually { agent.sum("martlet_http_requests_total") == 3 })
        #expect(agent.values.keys.contains { $0.labels["service"] == "sent" })
    }

    @Test func `is not awaited where the host has a file, and then changes nothing`() throws {
        let folder = try TemporaryFolder()
        let agent = try stream(folder, own: conf(folder, service: "own"))
        #expect(try agent.eventually { agent.ticks > 0 })
        #expect(agent.hellos.first?.configuration == .own)
        agent.send(hub + [.configuration(Array(conf(folder, service: "sent").utf8))] + subscribe)
        #expect(try agent.eventually { agent.ticks > 2 })
        try serve(folder)
        #expect(try agent.eventually { agent.sum("martlet_http_requests_total") == 3 })
        #expect(agent.values.keys.allSatisfy { $0.labels["service"] ?? "own" == "own" })
        #expect(
            try agent.eventually { agent.facts?.notApplicable.contains { $0.name == "agent_conf" } ?? false })
    }

    @Test(arguments: [
        "[action x]\nabout = x\nrun = /bin/true\n", "[log x]\npath = /x\nfromat = y\n", "\u{0}",
    ])
    func `that is wrong is not taken, and why is told with the facts`(_ text: String) throws {
        let folder = try TemporaryFolder()
        let agent = try stream(folder)
        #expect(try agent.eventually { agent.hellos.count == 1 })
        agent.send(hub + [.configuration(Array(text.utf8))] + subscribe)
        #expect(try agent.eventually { agent.ticks > 0 && agent.facts != nil })
        let told = agent.facts?.notApplicable.first { $0.name == "agent_conf" }
        #expect(
            told?.value.hasPrefix("agent_conf:") == true, "\(String(describing: agent.facts?.notApplicable))")
    }

    @Test func `is not waited for longer than a hub needs to say that there is none`() throws {
        let folder = try TemporaryFolder()
        let agent = try stream(folder)
        #expect(try agent.eventually { agent.hellos.count == 1 })
        agent.send(hub + subscribe)
        // Without that word it would be five seconds.
        #expect(try agent.eventually(within: 4) { agent.ticks > 0 })
        // And nobody at all may speak.
        let silent = try stream(folder)
        #expect(try silent.eventually(within: 20) { silent.ticks > 0 })
    }
}
