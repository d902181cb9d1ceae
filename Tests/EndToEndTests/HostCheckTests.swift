import Foundation
import TestSupport
import Testing

/// `martlet check HOST…` over real sshd: what the agent says there of the host's own file.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `A check of hosts` {
    private func run(_ words: [String], in world: SSHWorld) throws -> Program.Result {
        let martlet = try #require(Program.built("martlet"))
        return try Program.run(
            martlet, ["check"] + words, environment: World.variables(of: world.folder), seconds: 60)
    }

    private func configure(_ text: String, _ name: String, in world: SSHWorld) throws {
        let folder = world.path("hosts/\(name)/.config/martlet")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/agent.conf"))
        chmod("\(folder)/agent.conf", 0o600)
    }

    @Test func `says what each file says wrongly, and what would refuse an action`() throws {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        for name in ["good", "mixed", "bad"] { try world.start(name, agent: agent) }
        try world.dial("gone", port: try Loopback.freePort())
        let look = "[action look]\nabout = Look\nrun = /bin/true\ndanger = look\n"
        try configure(look, "good", in: world)
        try configure(look + "[action lost]\nabout = Lost\nrun = /nonexistent/x\n", "mixed", in: world)
        try configure("[action look]\nabuot = Look\n", "bad", in: world)

        let good = try run(["good"], in: world)
        #expect(good.status == 0 && good.output.contains("agent.conf: right"), "\(good)")
        let mixed = try run(["good", "mixed", "--actions", "-o", "csv"], in: world)
        #expect(mixed.status == 1, "\(mixed)")
        #expect(mixed.output.hasPrefix("host,action,startable,reason,sudoers\ngood,look,yes,,\n"), "\(mixed)")
        #expect(
            mixed.output.contains("mixed,look,yes,,\nmixed,lost,no,")
                && mixed.output.contains("/nonexistent"),
            "\(mixed)")
        // What rollouts.yaml would start there, and is not declared.
        let folder = world.path("config")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(
            "version: 1\nrollouts:\n  x: {where: good, action: look, after: undrain, on_failure: halt}\n".utf8
        ).write(to: URL(filePath: "\(folder)/rollouts.yaml"))
        let lacking = try run(["good", "mixed", "--actions", "--config", folder], in: world)
        #expect(
            lacking.status == 1
                && lacking.errors.contains(
                    "good: rollout x starts undrain here, and agent.conf declares no such action")
                && !lacking.errors.contains("mixed: rollout"), "\(lacking)")
        let bad = try run(["good", "bad"], in: world)
        #expect(bad.status == 65 && bad.output.contains("agent.conf:2:1: unknown key \"abuot\""), "\(bad)")
        let gone = try run(["good", "gone", "bad"], in: world)
        #expect(gone.status == 69 && gone.errors.contains("gone"), "\(gone)")
        #expect(gone.output.contains("agent.conf: right"), "one that fails keeps no other from its answer")
    }
}
