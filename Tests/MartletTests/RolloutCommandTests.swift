import Fleet
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import martlet

/// The commands about rollouts, run as programs against a hub that answers as it is told.
@Suite(.serialized) struct `The commands about rollouts` {
    /// What the stand-in says; the rest is as a hub says it of three hosts that are connected.
    private struct Script: Sendable {
        var start = HubStandIn.Answer.json(RolloutFixture.view(.running))
        var plan = HubStandIn.Answer.json(RolloutForecast(rollout: RolloutFixture.view(.running)))
        var order = HubStandIn.Answer.json(RolloutFixture.view(.paused) { $0.text = "by anna" })
        var gate = HubStandIn.Answer.refusal(400, "web has no gate")
        var rollouts: [RolloutView] = [RolloutFixture.view(.running)]
        /// What the live feed tells, one after another.
        var live: [RolloutView] = []
        var definition = RolloutFixture.definition
        var danger = "service"
        /// Before `start` answers so, it is refused as locked so many times.
        var lockedTimes = 0
    }

    private func run(
        _ words: [String], _ script: Script = Script(), environment: [String: String] = [:],
        _ check: (Program.Result, HubStandIn) throws -> Void
    ) async throws {
        let starts = LockCount()
        let hub = try await HubStandIn { line, _ in
            switch line {
            case "GET /healthz": HubStandIn.Answer()
            case "POST /v1/hosts", "GET /v1/hosts": .json([HostSummary]())
            case "GET /v1/configuration":
                .json(Self.report(script.definition))
            case "GET /v1/actions": .json(RolloutFixture.listings(script.danger))
            case "GET /v1/rollouts": .json(script.rollouts)
            case "POST /v1/rollouts/plan": script.plan
            case "POST /v1/rollouts":
                starts.next() <= script.lockedTimes
                    ? .refusal(423, "web 4.11.0 has the lock site") : script.start
            case "POST /v1/rollouts/order": script.order
            case "POST /v1/gate": script.gate
            case "GET /v1/rollouts/live":
                HubStandIn.Answer(events: script.live.compactMap { try? JSONEncoder().encode([$0]) })
            default: nil
            }
        }
        let martlet = try #require(Program.built("martlet"))
        let home = try TemporaryFolder()
        let variables = [
            "HOME": home.url.path, "PATH": "/usr/bin:/bin", "TZ": "UTC", "USER": "ops", "LC_ALL": "C.UTF-8",
        ].merging(environment) { $1 }
        let result = try await Self.result(of: martlet, words + ["--hub", hub.socket], variables)
        try check(result, hub)
        try await hub.end()
    }

    /// Waits on a thread of its own: the stand-in, and hubs of other tests, need the others.
    private static func result(
        of program: String, _ words: [String], _ variables: [String: String]
    ) async throws -> Program.Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try Program.run(program, words, environment: variables, seconds: 120) })
            }
        }
    }

    private final class LockCount: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private static func report(_ definition: RolloutDefinition) -> ConfigurationReport {
        var report = ConfigurationReport(folder: nil)
        report.rollouts = [definition]
        return report
    }

    @Test(
        arguments: [
            (.succeeded, 0), (.rolledBack, 1), (.mixed, 3), (.halted, 3), (.aborted, 5), (.held, 4),
            (.paused, 4),
            (.running, 4), (.baking, 4), (.rollingBack, 4),
        ] as [(RolloutView.State, Int32)])
    func `end with the status of what became of it`(state: RolloutView.State, status: Int32) async throws {
        var script = Script()
        script.live = [RolloutFixture.view(.running), RolloutFixture.view(state) { $0.text = "so it is" }]
        let waiting = ["--wait"] + (state.isFinal ? [] : ["--timeout", "1s"])
        for words in [["start", "web", "--version", "4.12.1", "-y"], ["attach", "web"]] {
            try await run(["rollout"] + words + waiting, script) { result, _ in
                #expect(result.status == status, "\(words): \(result)")
                #expect(result.output.contains("web 4.12.1: \(state.words)"), "\(result)")
                if words[0] == "start" {
                    #expect(result.output.hasPrefix("\(RolloutFixture.id)\n"), "\(result)")
                }
                if !state.isFinal {
                    #expect(result.errors.contains("martlet rollout attach \(RolloutFixture.id) --wait"))
                }
            }
        }
    }

    @Test(
        arguments: [(400, 64), (403, 77), (404, 64), (409, 1), (422, 65), (423, 75), (500, 69)]
            as [(Int, Int32)])
    func `end with the status of what the hub refuses`(refused: Int, status: Int32) async throws {
        var script = Script()
        script.plan = .refusal(refused, "because")
        script.order = script.plan
        script.gate = script.plan
        for words in [
            ["rollout", "plan", "web"], ["rollout", "start", "web", "-y"], ["rollout", "pause"],
            ["rollout", "rollback", "web"], ["gate", "web", "--changed", "web1", "--for", "1s"],
        ] {
            // What a gate is asked wrongly is no verdict of it.
            let status = words[0] == "gate" && (refused == 409 || refused == 422) ? 64 : status
            try await run(words, script) { result, _ in
                #expect(result.status == status && result.errors.contains("because"), "\(words): \(result)")
            }
        }
        script = Script()
        script.start = .refusal(refused, "because")
        try await run(["rollout", "start", "web", "-y"], script) { result, _ in
            #expect(result.status == status && result.output.isEmpty, "\(result)")
        }
    }

    @Test func `ask before they start, and say the flag where nobody can be asked`() async throws {
        for (danger, words, status, says) in [
            ("service", [], 64, "confirm it with -y"), ("service", ["-y"], 0, ""), ("look", [], 0, ""),
            ("destroy", ["-y"], 64, "confirm it with --confirm 'web 3'"),
            ("destroy", ["--confirm", "web"], 64, "--confirm 'web' is not 'web 3': nothing was started"),
            ("destroy", ["--confirm", "web 3"], 0, ""),
        ] as [(String, [String], Int32, String)] {
            var script = Script()
            script.danger = danger
            try await run(["rollout", "start", "web", "--version", "4.12.1"] + words, script) { result, hub in
                #expect(
                    result.status == status && (says.isEmpty || result.errors.contains(says)),
                    "\(danger) \(words): \(result)")
                let started: [RolloutRequest] = hub.bodies("POST /v1/rollouts")
                #expect(started.count == (status == 0 ? 1 : 0))
            }
        }
    }

    @Test func `say who asks, why, and with which parameters`() async throws {
        let words = [
            "rollout", "start", "web", "--version", "4.12.1", "--param", "mode=fast", "--reason", "fix 812",
            "--override", "outage", "-y",
        ]
        let named = ["MARTLET_ACTOR": "bob"]
        for (more, environment, actor) in [
            (["--as", "anna"], named, "anna"), ([], named, "bob"), ([], [:], "ops"),
        ] as [([String], [String: String], String)] {
            try await run(words + more, environment: environment) { result, hub in
                #expect(result.status == 0 && result.output == "\(RolloutFixture.id)\n", "\(result)")
                let wanted = RolloutRequest(
                    name: "web", parameters: ["version": "4.12.1", "mode": "fast"], by: actor,
                    reason: "fix 812",
                    override: "outage")
                #expect(hub.bodies("POST /v1/rollouts") == [wanted])
            }
        }
        try await run(["rollout", "start", "web", "-y", "--version", "1", "--param", "version=2"]) {
            result, hub in
            #expect(result.status == 64 && result.errors.contains("version is given twice"), "\(result)")
        }
    }

    @Test(arguments: RolloutOrderRequest.Verb.allCases)
    func `pass on what a person says to one that is known`(verb: RolloutOrderRequest.Verb) async throws {
        for word in [[], ["web"], ["4f19"]] {
            let words = ["rollout", verb.rawValue] + word + ["--reason", "asking", "--as", "anna"]
            try await run(words) { result, hub in
                #expect(result.status == 0, "\(result)")
                #expect(result.output.hasSuffix("web 4.12.1: paused, batch 1 of 2 (by anna)\n"), "\(result)")
                #expect(result.output.hasPrefix(RolloutFixture.id) == (verb == .rollback))
                let wanted = RolloutOrderRequest(
                    id: RolloutFixture.id, verb: verb, by: "anna", reason: "asking")
                #expect(hub.bodies("POST /v1/rollouts/order") == [wanted])
            }
        }
    }

    @Test func `wait for the lock where they are told to, and not for a window`() async throws {
        var script = Script()
        script.lockedTimes = 2
        script.rollouts = [RolloutFixture.view(.running) { $0.parameters["version"] = "4.11.0" }]
        let words = ["rollout", "start", "web", "-y", "--version", "4.12.1"]
        try await run(words, script) { result, _ in
            #expect(result.status == 75, "\(result)")
            let remedy = "wait for it: --lock-wait 10m, or look: martlet rollout status \(RolloutFixture.id)"
            #expect(result.errors.contains(remedy), "\(result)")
        }
        try await run(words + ["--lock-wait", "1m"], script) { result, _ in
            #expect(result.status == 0 && result.output == "\(RolloutFixture.id)\n", "\(result)")
            #expect(result.errors.contains("waits for web 4.11.0, running, batch 1 of 2"), "\(result)")
        }
        script.lockedTimes = .max
        try await run(words + ["--lock-wait", "1s"], script) { result, _ in
            #expect(result.status == 75, "\(result)")
        }
        // Nobody has the lock: it is the window.
        script.rollouts = [RolloutFixture.view(.succeeded)]
        try await run(words + ["--lock-wait", "1h"], script) { result, hub in
            #expect(result.status == 75, "\(result)")
            #expect(hub.bodies("POST /v1/rollouts", as: RolloutRequest.self).count == 2)
        }
    }

    @Test func `stream objects, the first with the id`() async throws {
        var script = Script()
        script.live = [
            RolloutFixture.view(.running), RolloutFixture.view(.baking), RolloutFixture.view(.succeeded),
        ]
        for format in ["json", "jsonl"] {
            try await run(["rollout", "start", "web", "-y", "--wait", "-o", format], script) { result, _ in
                let views = result.output.split(separator: "\n").compactMap {
                    try? JSONDecoder().decode(RolloutView.self, from: Data($0.utf8))
                }
                #expect(
                    result.status == 0 && views.map(\.state) == [.running, .baking, .succeeded], "\(result)")
                #expect(views.allSatisfy { $0.id == RolloutFixture.id })
            }
        }
    }

    @Test func `end with 69 where the hub stays away, and say that it goes on`() async throws {
        let script = Script()
        let words = ["rollout", "start", "web", "-y", "--wait"]
        let martlet = try #require(Program.built("martlet"))
        let hub = try await HubStandIn { line, _ in
            switch line {
            case "GET /healthz": HubStandIn.Answer()
            case "POST /v1/hosts", "GET /v1/hosts": .json([HostSummary]())
            case "GET /v1/configuration": .json(Self.report(script.definition))
            case "GET /v1/actions": .json(RolloutFixture.listings())
            case "POST /v1/rollouts/plan": script.plan
            case "POST /v1/rollouts": script.start
            default: .refusal(503, "the hub ends")
            }
        }
        let home = try TemporaryFolder()
        let result = try await Self.result(
            of: martlet, words + ["--hub", hub.socket], ["HOME": home.url.path, "PATH": "/bin"])
        try await hub.end()
        #expect(result.status == 69 && result.output == "\(RolloutFixture.id)\n", "\(result)")
        #expect(
            result.errors.contains(
                "goes on where a hub runs: martlet rollout attach \(RolloutFixture.id) --wait"))
    }

    @Test(
        arguments: [
            (.passed, .hold, 0), (.failed, .hold, 1), (.none, .hold, 4), (.none, .proceed, 0),
            (.none, .rollback, 1),
            (.failed, .proceed, 1),
        ] as [(GateAnswer.Verdict, RolloutDefinition.VerdictPolicy, Int32)])
    func `judge a gate and end as a rollout would`(
        verdict: GateAnswer.Verdict, policy: RolloutDefinition.VerdictPolicy, status: Int32
    ) async throws {
        var script = Script()
        script.definition.noVerdict = policy
        let line = GateAnswer.Line(
            condition: "http.error_ratio < 2%", verdict: verdict, text: "0.3% of 812 requests")
        script.gate = .json(GateAnswer([line], changed: ["web1"]))
        for format in ["table", "jsonl"] {
            try await run(["gate", "web", "--changed", "web1", "--for", "1s", "-o", format], script) {
                result, hub in
                #expect(
                    result.status == status && result.output.contains("0.3% of 812 requests"), "\(result)")
                let asked: [GateRequest] = hub.bodies("POST /v1/gate")
                #expect(asked.map(\.changed) == ["web1"] && asked.map(\.name) == ["web"])
            }
        }
    }

    @Test func `print a plan, and end with 75 where something stands in the way`() async throws {
        var script = Script()
        try await run(["rollout", "plan", "web", "--version", "4.12.1"], script) { result, _ in
            #expect(result.status == 0, "\(result)")
            #expect(
                result.output == """
                    web 4.12.1: New version of the web service
                      action   deploy-web mode=safe version=4.12.1
                      before   drain-web
                      after    undrain-web
                      health   probe web names 4.12.1 within 2m, for 20s
                      bake     5m
                      gate     http.error_ratio{service=web} < 2%
                               http.p99 <= baseline * 1.3
                               3 failed looks in a row fail it; baseline the hosts not changed yet
                               no verdict below 100 requests, or without data: hold
                      way back rollback-web, newest host first, 8 at a time; by itself when it fails
                      lock     site

                    BATCH  HOSTS  DONE    NAMES
                    1      1      1 of 3  web1
                    2      2      3 of 3  web2 web3

                    it may start now; nothing was started

                    """, "\(result.output)")
        }
        script.plan = .json(
            RolloutForecast(
                rollout: RolloutFixture.view(.running), obstacles: ["web 4.11.0 has the lock site"]))
        for (format, says) in [
            ("table", "! web 4.11.0 has the lock site\nit cannot start now; nothing was started\n"),
            ("csv", "batch,host\n1,web1\n2,web2\n2,web3\n"),
            ("json", #""obstacles":["web 4.11.0 has"#),
        ] {
            try await run(["rollout", "plan", "web", "-o", format], script) { result, _ in
                #expect(result.status == 75 && result.output.contains(says), "\(result)")
            }
        }
    }

    @Test func `list what may be started, and what stands where`() async throws {
        try await run(["rollout", "list"]) { result, _ in
            #expect(
                result.output == """
                    ROLLOUT  WHERE     ACTION      PARAMS              BATCHES  LOCK  LAST            ABOUT
                    web      role=web  deploy-web  version, mode=safe  1, 100%  site  4.12.1 running  New version of the web service

                    """, "\(result.output)")
        }
        var script = Script()
        script.rollouts = [
            RolloutFixture.view(.halted) {
                $0.text = "web1: deploy-web: status 1"
                $0.hosts[0].isTouched = true
            }
        ]
        try await run(["rollout", "status"], script) { result, _ in
            #expect(
                result.output == """
                    ID                ROLLOUT     STATE   HOSTS   STARTED               BY    BECAUSE
                    4f19a07c2b3d4e5f  web 4.12.1  halted  1 of 3  2026-11-26 12:00:00Z  anna  web1: deploy-web: status 1

                    """, "\(result.output)")
        }
        let done = RolloutFixture.view(.succeeded) { view in
            for place in view.hosts.indices {
                (view.hosts[place].step, view.hosts[place].isTouched) = ("done", true)
            }
        }
        var undo = done
        (undo.id, undo.undoes, undo.parameters, undo.actor) = ("77aa000000000000", done.id, [:], "bert")
        undo.endedAt = RolloutFixture.noon + 60_000
        script.rollouts = [done.taken(backBy: undo), undo]
        try await run(["rollout", "status"], script) { result, _ in
            #expect(
                result.output == """
                    ID                ROLLOUT          STATE       HOSTS   STARTED               BY    BECAUSE
                    4f19a07c2b3d4e5f  web 4.12.1       taken back  0 of 3  2026-11-26 12:00:00Z  anna  by 77aa000000000000 of bert, 2026-11-26 12:01:00Z: 3 of 3 hosts are back
                    77aa000000000000  web undoes 4f19  succeeded   3 of 3  2026-11-26 12:00:00Z  bert  -

                    """, "\(result.output)")
        }
        try await run(["rollout", "status", done.id], script) { result, _ in
            #expect(result.output.hasPrefix("web 4.12.1  taken back\n"), "\(result.output)")
            #expect(
                result.output.contains(
                    "  back     by 77aa000000000000 of bert, 2026-11-26 12:01:00Z: 3 of 3 hosts are back\n"))
            #expect(result.output.contains("on the old version") && !result.output.contains("the way back:"))
        }
        try await run(["rollout", "status", done.id, "-o", "json"], script) { result, _ in
            #expect(result.output.contains("\"takenBack\""), "\(result.output)")
        }
        script.rollouts = []
        try await run(["rollout", "status"], script) { result, _ in
            #expect(result.status == 0 && result.output.contains("no rollout was started here"), "\(result)")
        }
        for words in [["attach"], ["pause"], ["status", "web"], ["resume", "zz"]] {
            try await run(["rollout"] + words, script) { result, _ in
                #expect(result.status == 64, "\(result)")
            }
        }
    }
}
