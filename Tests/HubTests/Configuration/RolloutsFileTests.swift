import Fleet
import Foundation
import Hub
import TestSupport
import Testing

@Suite struct `rollouts.yaml` {
    private static func read(_ text: String) throws -> RolloutFile {
        try RolloutFile(try StrictYAML.parse(text, file: "rollouts.yaml"))
    }

    private static func errors(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch let found as ConfigurationErrors {
            return found.errors.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    /// One rollout whose words are right but for those of line 6.
    private static func rollout(_ line: String) -> String {
        let policy = line.hasPrefix("on_failure") ? "" : "    on_failure: halt\n"
        return
            "version: 1\nrollouts:\n  web:\n    where: role=web\n    action: deploy-web\n    \(line)\n\(policy)"
    }

    @Test func `takes every field of the example that its page gives`() throws {
        let page = try Repository.text("docs/rollouts-yaml.md")
        let start = try #require(page.firstRange(of: "```yaml\n# rollouts.yaml")).lowerBound
        let end = try #require(page[start...].firstRange(of: "\n```")).lowerBound
        let example = page[start..<end].split(separator: "\n").dropFirst().joined(separator: "\n")
        let file = try Self.read(example)
        let keys =
            RolloutFile.keys + RolloutFile.rolloutKeys + RolloutFile.healthKeys + RolloutFile.rollbackKeys
        for key in keys { #expect(example.contains("\(key):"), "the page's example leaves out \(key)") }
        #expect(file.rollouts.map(\.name) == ["web", "kernel-reboot"])

        let web = try #require(file.rollouts.first)
        #expect(web.about == "New version of the web service" && web.hosts == "role=web env=prod")
        #expect(web.action == "deploy-web" && web.before == "drain-web" && web.after == "undrain-web")
        #expect(web.parameters == [.init("version"), .init("mode", initial: "safe")])
        #expect(web.first == "host=web01*" && web.batches == [.hosts(1), .percent(10), .percent(50), .all])
        #expect(web.atOnce == 4 && web.bake == 300_000 && web.gate.count == 3)
        #expect(web.health == .init(probe: "web", version: "{version}", within: 120_000, steady: 20_000))
        #expect(web.gateFailsAfter == 3 && web.baseline == .rest && web.minRequests == 200)
        #expect(web.noVerdict == .hold && web.allowFailed == .hosts(0) && web.onFailure == .rollback)
        #expect(web.rollback == .init(action: "rollback-web", atOnce: 8) && web.holdFor == 3_600_000)
        #expect(web.approveAfter == 1 && web.lock == "web" && web.notify == ["chat"])
        #expect(web.notDuring.map(\.description) == ["Fri 16:00-24:00", "Sat", "Sun"])

        let reboot = try #require(file.rollouts.last)
        #expect(reboot.onFailure == .halt && reboot.rollback == nil && reboot.lock == "kernel-reboot")
        #expect(reboot.health == .init(probe: "web", within: 600_000, steady: 30_000) && reboot.bake == 0)
    }

    @Test(arguments: [
        ("batch: [1, 100%]", #"rollouts.yaml:6:5: unknown key "batch"; did you mean "batches"?"#),
        (
            "batches: [1, 50%]",
            "rollouts.yaml:6:14: batches: the last batch is the whole fleet: end with 100%"
        ),
        ("batches: [50%, 10%, 100%]", "batches are cumulative and rise"),
        ("batches: [10%, 5, 100%]", "numbers before shares: 5 cannot stand here"),
        ("batches: [0, 100%]", "a batch of no host: leave it out"),
        ("batches: [1, 200%]", "`200%` is more than 100%"),
        ("at_once: 0", "at_once: `0` is not a whole number from 1 to 10000"),
        ("params: [version, version]", "version is there twice"), ("params: [a b]", "params: "),
        ("gate: [cpu < 90%]", "a gate looks at the bake time, and there is none: write bake: 5m"),
        ("gate: [http.p99 <= baseline * 1.3 for 2m]", "a gate has no `for`"),
        ("gate: [baseline * 2 > http.p99]", "gate: "), ("bake: 5", "write"),
        ("health: {within: 2m}", "probe is missing: write probe: web"),
        ("health: {probe: web, version: \"{vrsion}\"}", "{vrsion} is no parameter of this rollout"),
        ("rollback: {at_once: 2}", "action is missing: write action: rollback-web"),
        ("not_during: [Friday]", "write a day, or one with hours: Sat, Fri 16:00-24:00"),
        ("not_during: [Fri 24:00-16:00]", "write a day, or one with hours"),
        ("on_failure: haltt", "on_failure: "),
        ("on_failure: rollback", "there is no way back: write rollback: {action: rollback-web}"),
        ("no_verdict: pass", "no_verdict: "),
        ("baseline: all", "baseline: "),
        ("allow_failed: -1", "allow_failed: "), ("hold_for: 0s", "hold_for: "),
        ("first: role=", "a value is missing"),
        ("approve_after: 1", "batches has one step, so nothing is left to approve"),
        ("approve_after: 0", "approve_after: "),
    ])
    func `says what is wrong, with its place`(line: String, names: String) {
        let errors = Self.errors(Self.rollout(line))
        #expect(errors.contains { $0.contains(names) }, "\(errors)")
        #expect(errors.allSatisfy { $0.hasPrefix("rollouts.yaml:6:") }, "\(errors)")
    }

    @Test func `says everything at once`() {
        let errors = Self.errors(
            "version: 2\nrollouts:\n  web: {about: x, on_failure: halt}\n  -a: {where: web, action: x}\n")
        #expect(errors.count == 4, "\(errors)")
        #expect(errors.contains { $0.contains("where is missing: write where: role=web") })
        #expect(errors.contains { $0.contains("action is missing: write action: deploy-web") })
        #expect(Self.errors("version: 1\n") == [])
    }

    @Test func `is warned of words that select nobody, and of hooks that there are not`() throws {
        let file = try Self.read(
            """
            version: 1
            rollouts:
              typo: {where: role=wbe, action: x, on_failure: halt}
              nobody: {where: role=web role=db, action: x, notify: [caht], on_failure: halt}
              canary: {where: role=web, first: host=db1, action: x, notify: [chat], on_failure: halt}
            """)
        let targets = ["web1", "web2", "db1"].map { name in
            var target = HostTarget(name)
            target.tags = ["role": String(name.prefix { !$0.isNumber })]
            return target
        }
        var hooks = HookSettings()
        hooks.hooks["chat"] = HookDefinition(name: "chat", command: .run(["/bin/true"]))
        let warnings = file.warnings(targets, hooks: hooks)
        #expect(warnings.count == 4, "\(warnings)")
        for (warning, words) in zip(
            warnings,
            [
                "rollouts.yaml:3:17: where of typo: column 1: nothing has role=wbe: did you mean web",
                "rollouts.yaml:4:19: where of nobody: no host is selected",
                #"rollouts.yaml:4:57: notify of nobody: rules.yaml has no hook "caht"; did you mean "chat"?"#,
                "rollouts.yaml:5:36: first of canary, among the hosts of its where: ",
            ])
        {
            #expect(warning.hasPrefix(words), "\(warning)")
        }
        #expect(file.warnings([], hooks: nil) == [])
    }
}
