import Fleet
import HubSupport
import Telemetry
import Testing

/// Actions of which `expects = reboot` says that they are done when the host comes back with another boot.
@Suite struct `A rollout that starts hosts anew` {
    /// Two hosts one after the other, each drained before and given its traffic back after.
    private static func rig(
        before: String? = "drain", action: String = "reboot", after: String? = "undrain", hosts: Int = 2
    ) throws -> RolloutRig {
        try RolloutRig(
            hosts,
            define: {
                ($0.before, $0.action, $0.after) = (before, action, after)
                ($0.parameters, $0.rollback, $0.onFailure) = ([], nil, .halt)
                $0.health?.version = nil
                ($0.atOnce, $0.holdFor) = (1, 120_000)
            },
            actions: { declared in
                guard declared.name.hasPrefix("reboot") else { return }
                (declared.expectsReboot, declared.timeoutMilliseconds) = (true, 30_000)
                declared.returnMilliseconds = 300_000
            })
    }

    @Test func `waits for each to come back, and then for its health`() async throws {
        let rig = try Self.rig()
        for host in rig.hosts { host.answer("reboot", with: .runs) }
        try await rig.begin()
        try await rig.start()
        for host in rig.hosts {
            _ = try await rig.pass { _ in host.starts.contains("reboot") }
            host.isWell = false
            await rig.reboot(host, seconds: 200)
            await rig.pass(seconds: 10)
            // It is there, and its service is not yet.
            #expect(try await rig.rollout().hosts.first { $0.name == host.name }?.step == "health")
            host.isWell = true
        }
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == .succeeded, "\(done)")
        for host in rig.hosts { #expect(host.starts == ["drain", "reboot", "undrain"]) }
    }

    @Test(arguments: [false, true])
    func `is held when one does not come back in its time, begins nothing more, and starts nothing twice`(
        comesLate: Bool
    ) async throws {
        let rig = try Self.rig()
        let (first, second) = (rig.hosts[0], rig.hosts[1])
        first.answer("reboot", with: .runs)
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { _ in first.starts.contains("reboot") }
        await rig.disconnect(first)
        // timeout, return_within, and the minute in which an order may be started.
        await rig.pass(seconds: 380)
        #expect(try await rig.rollout().state == .running)
        await rig.pass(seconds: 15)
        let held = try await rig.rollout()
        #expect(held.state == .held, "\(held)")
        #expect(
            held.hosts.map(\.step) == ["unknown", "waiting"]
                && held.hosts[0].reason == "reboot: unknown: web1 has not come back")
        if comesLate {
            first.reboot(at: rig.times.now)
            await rig.connect(first)
            await rig.pass(seconds: 30)
            #expect(try await rig.rollout().hosts[0].step == "unknown")
            try await rig.say(.resume)
        }
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == .halted, "\(done)")
        #expect(
            done.text
                == (comesLate ? "web1: reboot: unknown: web1 has not come back" : "nobody answered the hold"))
        #expect(first.starts == ["drain", "reboot"] && second.starts.isEmpty)
    }

    @Test func `knows one that came back while no hub was there`() async throws {
        let rig = try Self.rig(hosts: 1)
        let host = rig.hosts[0]
        host.answer("reboot", with: .runs)
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { _ in host.starts.contains("reboot") }
        await rig.kill()
        await rig.pass(seconds: 60)
        host.reboot(at: rig.times.now)
        // Far longer than the host may be away; and it takes some seconds to reach it.
        await rig.pass(seconds: 3600)
        try await rig.begin(connecting: false)
        await rig.pass(seconds: 20)
        await rig.connect(host)
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == .succeeded, "\(done)")
        #expect(host.starts == ["drain", "reboot", "undrain"])
    }

    @Test(arguments: [
        ("reboot", "deploy", "undrain"), ("drain", "deploy", "reboot"),
        ("reboot-before", "reboot", "reboot-after"),
    ])
    func `does so before the action and after it too`(before: String, action: String, after: String)
        async throws
    {
        let rig = try Self.rig(before: before, action: action, after: after, hosts: 1)
        let host = rig.hosts[0]
        for name in [before, action, after] where name.hasPrefix("reboot") { host.answer(name, with: .runs) }
        try await rig.begin()
        try await rig.start()
        var reboots = 0
        for _ in 0..<300 {
            await rig.pass(seconds: 1)
            let last = host.starts.last ?? ""
            guard last.hasPrefix("reboot"), host.starts.count > reboots else { continue }
            reboots = host.starts.count
            await rig.reboot(host, seconds: 40)
        }
        #expect(try await rig.rollout().state == .succeeded)
        #expect(host.starts == [before, action, after])
    }
}
