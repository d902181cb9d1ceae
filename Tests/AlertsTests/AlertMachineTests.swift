import Alerts
import Fleet
import Telemetry
import Testing

@Suite struct `An alert machine` {
    private static func policy(
        _ name: String, _ when: String, _ noData: Rule.NoData = .keep, summary: String? = nil
    ) throws -> AlertPolicy {
        AlertPolicy(
            Rule(
                name: name, place: Place(file: "test"), condition: try Condition(when), severity: .critical,
                summary: try summary.map { text in try SummaryTemplate(text) }, labels: ["team": "shop"],
                noData: noData),
            hooks: ["page"])
    }

    /// One evaluation a second.
    private struct Run {
        var machine = AlertMachine()
        var steady: Int64 = 0
        var told: [String] = []

        mutating func second(
            underAction: Set<String> = [], _ observe: (inout AlertMachine) -> Void
        ) {
            steady += 1000
            machine.begin(at: Timestamp(milliseconds: 1_900_000_000_000 + steady), steadyMilliseconds: steady)
            observe(&machine)
            told = (machine.finish(hostsUnderAction: underAction)?.transitions ?? []).map {
                "\($0.kind) \($0.alert.name) \($0.alert.host ?? "")\($0.isNotice ? "" : " quiet")"
            }
        }
    }

    @Test func `fires at once where the rule has no hold, and says what it found`() throws {
        let policy = try Self.policy(
            "Full", "disk.used{mount=/} > 90%",
            summary: "{short_host} {mount} {value} of {threshold} {team} {rack}")
        var machine = AlertMachine()
        machine.begin(at: Timestamp(milliseconds: 1_900_000_000_000), steadyMilliseconds: 0)
        let key = AlertKey("Full", ["host": "db1.example.net", "mount": "/"])
        machine.observe(key, policy, .holds(0.973), tags: ["rack": "r7"])
        let transition = try #require(machine.finish()?.transitions.first)
        #expect(transition.kind == .firing)
        #expect(transition.isNotice)
        #expect(transition.alert.summary == "db1 / 97.3% of 90% shop r7")
        #expect(transition.alert.hooks == ["page"])
        #expect(transition.alert.id == String(key.fingerprint.prefix(4)))
        #expect(transition.alert.labels == ["team": "shop"])
        #expect(machine.alerts.map(\.state) == [.firing])
    }

    @Test func `says how many hold and have no room, and opens them when there is some`() throws {
        let policy = try Self.policy("Full", "memory.used > 90%", .resolve)
        func key(_ number: Int) -> AlertKey { AlertKey("Full", ["host": "web\(number)"]) }
        var run = Run()
        run.second { machine in
            for number in 0..<AlertMachine.openMax + 3 { machine.observe(key(number), policy, .holds(0.95)) }
            // Its host told of it twice in this second.
            machine.observe(key(AlertMachine.openMax), policy, .holds(0.96))
        }
        #expect(run.machine.openCount == AlertMachine.openMax && run.machine.unopened == 3)
        run.second { machine in
            machine.observe(key(0), policy, .notApplicable)
            for number in 0..<3 { machine.observe(key(AlertMachine.openMax + number), policy, .holds(0.95)) }
        }
        #expect(run.told.contains("firing Full web\(AlertMachine.openMax)"))
        #expect(run.machine.unopened == 2)
        run.second { _ in }
        #expect(run.machine.unopened == 0)
    }

    @Test func `resolves with the value of now, and shows the last that was too much until then`() throws {
        let policy = try Self.policy("Full", "memory.used > 90%", summary: "{value} used")
        let key = AlertKey("Full", ["host": "web1"])
        var run = Run()
        run.second { $0.observe(key, policy, .holds(0.973)) }
        run.second { $0.observe(key, policy, .clears(0.412)) }
        #expect(run.machine.alerts.map(\.summary) == ["97.3% used"])
        var resolved: AlertTransition?
        for second in 2...62 where resolved == nil {
            let time = Timestamp(milliseconds: 1_900_000_000_000 + Int64(second + 1) * 1000)
            run.machine.begin(at: time, steadyMilliseconds: Int64(second + 1) * 1000)
            run.machine.observe(key, policy, .clears(0.412))
            resolved = run.machine.finish()?.transitions.first { $0.kind == .resolved }
        }
        #expect(try #require(resolved).alert.summary == "41.2% used")
    }

    @Test func `lets a silent host mute its others, and tells of them when it speaks again`() throws {
        let silent = try Self.policy("HostSilent", "host.silent > 60s")
        let full = try Self.policy("Full", "memory.used > 90%", .alert)
        var run = Run()
        let web = ["host": "web1"] as Labels
        run.second {
            $0.observe(AlertKey("HostSilent", web), silent, .holds(61))
            $0.observe(AlertKey("Full", web), full, .holds(0.95))
            $0.observe(AlertKey("Full", ["host": "web2"]), full, .holds(0.95))
        }
        #expect(run.told == ["firing HostSilent web1", "firing Full web1 quiet", "firing Full web2"])
        #expect(run.machine.alerts.first { $0.key == AlertKey("Full", web) }?.mutedBy == [.hostSilent])
        for _ in 0..<61 { run.second { $0.observe(AlertKey("HostSilent", web), silent, .clears(0)) } }
        #expect(run.told == ["resolved HostSilent web1", "unmuted Full web1"])
        for _ in 0..<61 { run.second { $0.observe(AlertKey("Full", web), full, .clears(0)) } }
        #expect(run.told == ["resolved Full web1"])
    }

    @Test func `tells of a fleet that is cut off instead of each silent host`() throws {
        let silent = try Self.policy("HostSilent", "host.silent > 60s")
        let cutOff = try Self.policy("HubCutOff", "fleet.silent_ratio > 50% for 10s")
        var run = Run()
        run.second { $0.observe(AlertKey("HostSilent", ["host": "a"]), silent, .holds(61)) }
        #expect(run.told == ["firing HostSilent a"])
        for _ in 0..<11 { run.second { $0.observe(AlertKey("HubCutOff"), cutOff, .holds(0.75)) } }
        #expect(run.told == ["firing HubCutOff "])
        run.second {
            for host in ["a", "b", "c"] {
                $0.observe(AlertKey("HostSilent", ["host": host]), silent, .holds(62))
            }
        }
        #expect(run.told == ["firing HostSilent b quiet", "firing HostSilent c quiet"])
        for _ in 0..<61 { run.second { $0.observe(AlertKey("HubCutOff"), cutOff, .clears(0)) } }
        #expect(run.told == ["resolved HubCutOff ", "unmuted HostSilent b", "unmuted HostSilent c"])
    }

    @Test func `marks what an action disturbs, and tells of it when it still fires afterwards`() throws {
        let failed = try Self.policy("UnitFailed", "unit.failed == 1")
        let busy = try Self.policy("Busy", "cpu > 90%")
        var run = Run()
        let unit = AlertKey("UnitFailed", ["host": "web1", "unit": "nginx.service"])
        run.second(underAction: ["web1"]) {
            $0.observe(unit, failed, .holds(1))
            $0.observe(AlertKey("Busy", ["host": "web1"]), busy, .holds(0.95))
        }
        #expect(run.told == ["firing UnitFailed web1 quiet", "firing Busy web1"])
        #expect(run.machine.alerts.first { $0.key == unit }?.mutedBy == [.action])
        run.second { $0.observe(unit, failed, .holds(1)) }
        #expect(run.told == ["unmuted UnitFailed web1"])
        // What was over while it was muted was never told, and neither is its end.
        var other = Run()
        other.second(underAction: ["web1"]) { $0.observe(unit, failed, .holds(1)) }
        for _ in 0..<61 { other.second(underAction: ["web1"]) { $0.observe(unit, failed, .clears(0)) } }
        #expect(other.told == ["resolved UnitFailed web1 quiet"])
    }

    @Test func `forgets what is pending with its rule, and tells of what fired`() throws {
        let slow = try Self.policy("Slow", "cpu > 90% for 5m")
        let fast = try Self.policy("Fast", "cpu > 90%")
        var run = Run()
        run.second {
            $0.observe(AlertKey("Slow", ["host": "a"]), slow, .holds(1))
            $0.observe(AlertKey("Fast", ["host": "a"]), fast, .holds(1))
        }
        #expect(run.told == ["pending Slow a quiet", "firing Fast a"])
        run.second {
            $0.forget(AlertKey("Slow", ["host": "a"]))
            $0.forget(AlertKey("Fast", ["host": "a"]))
        }
        #expect(run.told == ["dropped Slow a quiet", "resolved Fast a"])
        #expect(run.machine.openCount == 0)
    }

    @Test func `keeps what is saved small: one change for a hold that goes on, and none for what only fires`()
        throws
    {
        let policy = try Self.policy("Slow", "cpu > 90% for 5s")
        let key = AlertKey("Slow", ["host": "a"])
        var machine = AlertMachine()
        var kept: [Int] = []
        for second in 0..<12 {
            machine.begin(
                at: Timestamp(milliseconds: Int64(second) * 1000), steadyMilliseconds: Int64(second) * 1000)
            machine.observe(key, policy, .holds(0.95))
            guard let changes = machine.finish() else { continue }
            kept.append(second)
            #expect(changes.changed.count == (changes.transitions.isEmpty ? 0 : 1))
        }
        #expect(kept == [0, 1, 2, 3, 4, 5])
    }
}
