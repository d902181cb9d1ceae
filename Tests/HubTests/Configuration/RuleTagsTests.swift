import Fleet
import Foundation
import Hub
import TestSupport
import Testing

/// Hosts' tags in the conditions of rules.yaml and rollouts.yaml, as a folder of configuration knows them.
@Suite struct `Tags in rules of a folder` {
    private static let rules = """
        version: 1
        hooks:
          page: {run: [/bin/true]}
        alerts:
          - {name: Busy, when: "cpu{role=web} > 90%"}
        """
    private static let hosts = """
        version: 1
        groups:
          web: {tags: {role: web}, hosts: {web1: {connect: off}}}
        """

    private func load(hosts: String, rules: String = Self.rules, rollouts: String? = nil) async throws
        -> ConfigurationLoad
    {
        let folder = try TemporaryFolder()
        for (name, text) in [("hosts", hosts), ("rules", rules), ("rollouts", rollouts ?? "version: 1\n")] {
            let path = "\(folder.url.path)/\(name).yaml"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            chmod(path, 0o600)
        }
        return await ConfigurationLoad.whole(folder.url.path, agent: nil, now: 0)
    }

    @Test func `are known from hosts.yaml`() async throws {
        let load = try await load(hosts: Self.hosts)
        #expect(load.errors.isEmpty && load.warnings.isEmpty)
        #expect(load.rules.rules.first?.condition.printed == "cpu{role=web} > 90%")
    }

    @Test func `that nobody gives are refused`() async throws {
        let load = try await load(hosts: Self.hosts.replacing("role: web", with: "rule: web"))
        #expect(
            load.errors.map(\.reason) == ["when: cpu has no label role: did you mean rule"])
    }

    /// A mistake in hosts.yaml must not take the hooks away.
    @Test(arguments: ["version: 1\nhosts: {other: {conect: off}}\n", "version: 2\n", "hosts: [\n"])
    func `are not judged where hosts.yaml cannot be read`(_ hosts: String) async throws {
        let load = try await load(hosts: hosts)
        #expect(!load.hostErrors.isEmpty && load.ruleErrors.isEmpty)
        #expect(load.rules.hooks.hooks.keys.sorted() == ["page"])
    }

    @Test func `that no host has any more are something to look at, and nothing that is wrong`() async throws
    {
        let load = try await load(hosts: Self.hosts.replacing("{web1: {connect: off}}", with: "{}"))
        #expect(load.errors.isEmpty, "\(load.errors)")
        let other = try await self.load(
            hosts: Self.hosts + "\n  db: {tags: {env: prod}, hosts: {db1: {connect: off}}}\n",
            rules: Self.rules.replacing("role=web", with: "role=wbe"))
        #expect(other.errors.isEmpty)
        #expect(
            other.warnings.map { $0.replacing(/^.*rules.yaml/, with: "rules.yaml") }
                == ["rules.yaml:5:5: when of Busy: no host has role=wbe: did you mean web"])
    }

    @Test func `of a gate are looked at, too`() async throws {
        let rollout = """
            version: 1
            rollouts:
              web: {where: role=web, action: deploy, bake: 5m, on_failure: halt, gate: ["cpu{role=db} < 90%"]}
            """
        let load = try await load(hosts: Self.hosts, rollouts: rollout)
        #expect(load.errors.isEmpty, "\(load.errors)")
        #expect(
            load.warnings.contains { $0.hasSuffix("gate of web: cpu{role=db} < 90%: no host has role=db") })
        let wrong = try await self.load(
            hosts: Self.hosts, rollouts: rollout.replacing("cpu{role", with: "cpu{rol"))
        #expect(wrong.errors.contains { $0.reason.contains("did you mean role") })
    }
}
