import Foundation
import TestSupport
import Testing

/// agent_conf of hosts.yaml over real sshd: who has no agent.conf gets it at connect, who has one keeps it.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `An agent_conf of hosts.yaml` {
    @Test func `is followed by hosts without a file of their own, and by no others`() throws {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        let martlet = try #require(Program.built("martlet"))
        for name in ["plain", "own"] { try world.start(name, agent: agent) }
        // Both run on this machine: each follows a log of its own name, and both are told to follow one and the same.
        for name in ["sent", "kept"] { try Data().write(to: URL(filePath: world.path("\(name).log"))) }
        try write(
            "[log sent-shop]\npath = \(world.path("sent.log"))\nformat = nginx\n", "config/agents/web.conf",
            world)
        try write(
            "[log kept-shop]\npath = \(world.path("kept.log"))\nformat = nginx\n",
            "hosts/own/.config/martlet/agent.conf", world)
        try write(
            "version: 1\ndefaults: {agent_conf: agents/web.conf}\nhosts: {plain: , own: }\n",
            "config/hosts.yaml",
            world)
        let variables = World.variables(of: world.folder).merging(
            ["MARTLET_CONFIG": world.path("config")]) { $1 }
        func run(_ words: [String]) throws -> Program.Result {
            try Program.run(martlet, words, environment: variables, seconds: 60)
        }
        let check = try run(["check"])
        #expect(check.status == 0, "\(check)")
        defer { World.endHubs(of: world.folder) }
        _ = try run(["snapshot", "--wait", "20"])
        // Requests of a host are on the screen once both hosts are live and have read them.
        func services(of host: String) throws -> String {
            try run(["snapshot", host, "--screen", "traffic", "--size", "120x30", "--wait", "10"]).output
        }
        let line = #"192.0.2.7 - - [\#(Self.now)] "GET /a HTTP/1.1" 200 5 "-" "-""# + "\n"
        for name in ["sent", "kept"] {
            try Data(String(repeating: line, count: 9).utf8).write(
                to: URL(filePath: world.path("\(name).log")))
        }
        #expect(try Eventually.holds(within: 30) { try services(of: "plain").contains("sent-shop") })
        #expect(try Eventually.holds(within: 30) { try services(of: "own").contains("kept-shop") })
        #expect(try !services(of: "own").contains("sent-shop"))
        #expect(try !services(of: "plain").contains("kept-shop"))
        // What is sent starts nothing: that is said before anything changes.
        try write("[action x]\nabout = x\nrun = /bin/true\n", "config/agents/web.conf", world)
        let refused = try run(["reload"])
        #expect(
            refused.status == 65 && refused.errors.contains("agents/web.conf:1:1: [action x] is not sent"),
            "\(refused)")
    }

    private static var now: String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "dd/MMM/yyyy:HH:mm:ss Z"
        return format.string(from: Date())
    }

    private func write(_ text: String, _ name: String, _ world: SSHWorld) throws {
        let file = URL(filePath: world.path(name))
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
}
