import Fleet
import Foundation
import Glibc
import Hub
import HubClient
import Synchronization
import Telemetry
import TestSupport
import Testing
import Wire

/// A service of one file: its version. What is deployed runs at once, and its probe names it.
private enum VersionedService {
    static let agent = """
        [probe web]
        run = $/probe.sh
        version = line
        every = 1s
        [action deploy]
        about = Deploy
        run = $/deploy.sh {version}
        param.version = version
        [action reboot]
        about = Start the host anew
        run = $/note.sh reboot
        expects = reboot
        return_within = 2m
        [action back]
        about = Go back
        run = $/back.sh
        [action drain]
        about = Drain
        run = $/note.sh drain
        [action undrain]
        about = Undrain
        run = $/note.sh undrain
        """

    static let scripts = [
        "probe.sh": "cat $HERE/version",
        "deploy.sh": """
        echo deploy $1 >> $HERE/ran
        while [ -e $HERE/slow ]; do sleep 0.1; done
        [ ! -e $HERE/broken ] || { cp $HERE/version $HERE/old; echo 0.0.0 > $HERE/version; exit 0; }
        cp $HERE/version $HERE/old; echo $1 > $HERE/version
        """,
        "back.sh": "echo back >> $HERE/ran; cp $HERE/old $HERE/version",
        "note.sh": "echo $1 >> $HERE/ran",
        "chat.sh": "echo \"$MARTLET_STATUS $MARTLET_SUMMARY\" >> $HERE/told",
    ]

    /// `within` is how long a host may take until its new version answers.
    static func rollouts(_ more: String, within: String) -> String {
        """
        version: 1
        rollouts:
          web:
            where: host=*
            action: deploy
            params: [version]
            before: drain
            after: undrain
            health: {probe: web, version: "{version}", within: \(within), steady: 1s}
            rollback: {action: back}
        \(more)
          kernel:
            where: host=*
            action: reboot
            before: drain
            after: undrain
            health: {probe: web, within: 60s, steady: 1s}
            on_failure: halt
        """
    }

    static func hub(
        _ more: String = "", within: String = "60s", files: [String: String] = [:]
    ) throws -> OrderingHub {
        var files = files
        files["rollouts.yaml"] = rollouts(more, within: within)
        let hub = try OrderingHub(agent, scripts: scripts, files: files)
        try "4.12.0\n".write(
            to: hub.folder.url.appending(path: "version"), atomically: true, encoding: .utf8)
        return hub
    }
}

extension OrderingHub {
    fileprivate func touch(_ name: String) throws {
        try Data().write(to: folder.url.appending(path: name))
    }

    fileprivate func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: name))
    }

    /// What the host's processes and its ledger are after the machine was started anew: nobody lives, and what was open is of
    /// another boot.
    fileprivate func startAnew() throws {
        try touch("hold")
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        for pid in names.compactMap({ pid_t($0) }) where pid != getpid() {
            let line = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))) ?? Data()
            let text = String(decoding: line, as: UTF8.self)
            if text.contains("martlet-agent"), text.contains(folder.url.path) { kill(pid, SIGKILL) }
        }
        let ledger = folder.url.appending(path: "state/actions/ledger")
        var lines: [UInt8] = []
        for line in try Data(contentsOf: ledger).split(separator: 0x0A) {
            let words = String(decoding: line, as: UTF8.self).split(separator: "\t").dropLast()
            let body = words.map { $0.hasPrefix("boot=") ? "boot=another\t" : "\($0)\t" }.joined().utf8
            let sum = CRC32C.checksum(Array(body), 0..<body.count)
            lines += Array(body) + Array("crc=\(String(sum, radix: 16))\n".utf8)
        }
        try Data(lines).write(to: ledger)
        try remove("hold")
    }

    /// `web` can be planned once the host's probe has been heard.
    fileprivate func canPlanWeb() async -> Bool {
        let request = RolloutRequest(name: "web", parameters: ["version": "0"])
        return await Eventually.comes { (try? await client.plan(request)) != nil }
    }

    /// Starts `web`, once the host's probe has been heard.
    fileprivate func startWeb(_ version: String, override: String? = nil) async throws -> RolloutView {
        #expect(await canPlanWeb())
        return try await client.start(
            RolloutRequest(
                name: "web", parameters: ["version": version], by: "anna", reason: "because",
                override: override))
    }

    fileprivate func rollout(_ id: String) async throws -> RolloutView {
        try #require(try await client.rollouts().first { $0.id == id })
    }

    fileprivate func end(of id: String) async throws -> RolloutView {
        let isThere = await Eventually.comes(within: 90) {
            (try? await rollout(id).state.isFinal) == true
        }
        let view = try await rollout(id)
        #expect(isThere, "\(view)")
        return view
    }
}

@Suite(.timeLimit(.minutes(3))) struct `Rollouts at a hub` {
    @Test(arguments: [Int64.min + 1, -1, .max, 7_258_118_400_001])
    func `takes no host's word for an end that cannot be`(_ time: Int64) async throws {
        let rig = try RolloutRig(1)
        rig.hosts[0].claimedEnd = Timestamp(milliseconds: time)
        try await rig.begin()
        try await rig.start()
        #expect(try await rig.pass { $0.state.isFinal }.state == .succeeded)
    }

    /// As after a boot with a clock that is wrong, until NTP has seen it.
    @Test(arguments: [0, 3]) func `goes on where the clock of a host is set back`(_ seconds: Int) async throws
    {
        let rig = try RolloutRig(1)
        let host = rig.hosts[0]
        host.aheadMilliseconds = 3_600_000
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { $0.hosts[0].step == "health" }
        // Before the first good answer, and after it.
        await rig.pass(seconds: seconds)
        host.aheadMilliseconds = 0
        await rig.pass(seconds: 25)
        let done = try await rig.rollout()
        #expect(done.state == .succeeded, "\(done)")
    }

    @Test func `deploy, and take it back when it is wanted, with a mark and a line in the audit for each`()
        async throws
    {
        let hub = try VersionedService.hub()
        try await hub.run { (client) async throws in
            let started = try await hub.startWeb("4.12.1")
            let done = try await hub.end(of: started.id)
            #expect(done.state == .succeeded, "\(done)")
            #expect(hub.text("version") == "4.12.1\n")
            #expect(hub.text("ran") == "drain\ndeploy 4.12.1\nundrain\n")
            #expect(done.hosts.first?.order.count == 32 && done.actor == "anna" && done.reason == "because")
            let undo = try await client.order(
                RolloutOrderRequest(id: "web", verb: .rollback, by: "bert", reason: "slow"))
            #expect(undo.undoes == started.id)
            #expect(undo.title == "web undoes \(started.id.prefix(4))")
            let back = try await hub.end(of: undo.id)
            #expect(back.state == .succeeded)
            #expect(hub.text("version") == "4.12.0\n")
            let taken = try await hub.rollout(started.id)
            #expect(taken.state == .succeeded && taken.standing == "taken back")
            #expect(taken.takenBack == RolloutView.TakenBack(by: back))
            #expect(taken.takenBack?.actor == "bert" && taken.takenBack?.hosts == 1)
            #expect(taken.hosts.map(\.step) == ["undone"])
            #expect(taken.log.last?.text == "taken back: 1 of 1 hosts")
            let marks = try await client.marks(
                from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: .max / 4))
            let titles = marks.filter { $0.kind == .deploy }.map(\.title)
            #expect(titles == ["web 4.12.1", "web rolled back"])
            let audit = try await client.audit(since: 0).records.filter { $0.event == "rollout" }.map(\.text)
            #expect(audit.count == 2)
            #expect(
                audit.first?.hasPrefix("start \(started.id) web version=4.12.1 as=anna") == true, "\(audit)")
            let again = await #expect(throws: HubClientError.self) {
                try await client.order(RolloutOrderRequest(id: undo.id, verb: .rollback))
            }
            #expect(again?.description.contains("took another back") == true)
        }
    }

    @Test func `go back where the new version does not answer, and tell the hooks of it`() async throws {
        let rules = """
            version: 1
            hooks: {chat: {run: [$/chat.sh], gather: 1s}}
            """
        let hub = try VersionedService.hub(
            "    notify: [chat]", within: "8s", files: ["rules.yaml": rules])
        try hub.touch("broken")
        try await hub.run { (_) async throws in
            let started = try await hub.startWeb("4.12.1")
            let done = try await hub.end(of: started.id)
            #expect(done.state == .rolledBack, "\(done)")
            #expect(done.text.contains("answers as version 0.0.0, not 4.12.1"), "\(done.text)")
            #expect(hub.text("version") == "4.12.0\n")
            #expect(hub.text("ran") == "drain\ndeploy 4.12.1\nback\nundrain\n")
            let told = [
                "firing web 4.12.1: started", "firing web 4.12.1: rolling back",
                "resolved web 4.12.1: rolled back",
            ]
            let isTold = await Eventually.comes {
                let lines = hub.text("told").split(separator: "\n")
                return told.allSatisfy { words in lines.contains { $0.hasPrefix(words) } }
            }
            #expect(isTold, "\(hub.text("told"))")
        }
    }

    @Test func `start a host anew, and go on when its agent has come back with another boot`() async throws {
        let hub = try VersionedService.hub()
        try await hub.run { (client) async throws in
            let started = try await client.start(RolloutRequest(name: "kernel"))
            #expect(await Eventually.comes { hub.text("ran").contains("reboot") })
            #expect(
                await Eventually.comes {
                    (try? await client.orders().contains { $0.action == "reboot" && $0.state == .running })
                        == true
                })
            #expect(try await hub.rollout(started.id).hosts.first?.step == "action")
            try hub.startAnew()
            let done = try await hub.end(of: started.id)
            #expect(done.state == .succeeded, "\(done)")
            #expect(hub.text("ran") == "drain\nreboot\nundrain\n")
            let run = try await client.orders().first { $0.action == "reboot" }
            #expect(
                run?.words.hasPrefix("succeeded: the host came back after") == true,
                "\(String(describing: run))")
        }
    }

    @Test func `go on where a hub left them, and start nothing twice`() async throws {
        let hub = try VersionedService.hub()
        try hub.touch("slow")
        let id = Mutex("")
        try await hub.run { (_) async throws in
            let started = try await hub.startWeb("4.12.1")
            id.withLock { $0 = started.id }
            #expect(await Eventually.comes { hub.text("ran").contains("deploy") })
        }
        let known = id.withLock { $0 }
        for _ in 0..<2 {
            try await hub.run { (_) async throws in
                #expect(try await hub.rollout(known).state == .running)
            }
        }
        try hub.remove("slow")
        try await hub.run { (_) async throws in
            let done = try await hub.end(of: known)
            #expect(done.state == .succeeded, "\(done)")
            #expect(hub.text("ran") == "drain\ndeploy 4.12.1\nundrain\n")
            #expect(done.log.map(\.text).first == "started by anna over 1 host: because")
        }
    }

    @Test func `exclude each other, and do what people say`() async throws {
        let hub = try VersionedService.hub()
        try hub.touch("slow")
        try await hub.run { (client) async throws in
            let first = try await hub.startWeb("4.12.1")
            await #expect {
                _ = try await client.start(RolloutRequest(name: "web", parameters: ["version": "4.12.2"]))
            } throws: { error in
                guard case HubClientError.refused(423, let message) = error else { return false }
                return message.contains("web 4.12.1 (\(first.id)) holds the lock web: running")
            }
            let plan = try await client.plan(RolloutRequest(name: "web", parameters: ["version": "4.12.2"]))
            #expect(plan.obstacles.count == 1)
            let paused = try await client.order(
                RolloutOrderRequest(id: String(first.id.prefix(6)), verb: .pause, by: "bert", reason: "lunch")
            )
            #expect(paused.state == .paused && paused.text == "by bert: lunch")
            await #expect(throws: HubClientError.self) {
                try await client.order(RolloutOrderRequest(id: "web", verb: .pause))
            }
            #expect(
                try await client.order(RolloutOrderRequest(id: "web", verb: .resume, by: "bert")).state
                    == .running)
            _ = try await client.order(RolloutOrderRequest(id: "web", verb: .abort, by: "bert"))
            try hub.remove("slow")
            let done = try await hub.end(of: first.id)
            #expect(done.state == .aborted && done.text.hasPrefix("by bert"))
        }
    }

    @Test func `begin one at a time where several are asked for at once, and the audit tells of no other`()
        async throws
    {
        let hub = try VersionedService.hub()
        try hub.touch("slow")
        try await hub.run { (client) async throws in
            #expect(await hub.canPlanWeb())
            let started = await withTaskGroup(of: String?.self) { group -> [String] in
                for minor in 1...8 {
                    group.addTask {
                        let request = RolloutRequest(name: "web", parameters: ["version": "4.12.\(minor)"])
                        return try? await client.start(request).id
                    }
                }
                return await group.reduce(into: [String]()) { if let id = $1 { $0.append(id) } }
            }
            let audit = try await client.audit(since: 0).records.filter { $0.event == "rollout" }.map(\.text)
            #expect(started.count == 1 && audit.count == 1, "\(started) \(audit)")
            let id = try #require(started.first)
            #expect(audit.first?.hasPrefix("start \(id) web version=4.12.") == true)
            _ = try await client.order(RolloutOrderRequest(id: "web", verb: .abort, by: "bert"))
            try hub.remove("slow")
            #expect(try await hub.end(of: id).state == .aborted)
        }
    }

    @Test func `are refused before anything happens, with what is wrong`() async throws {
        let hub = try VersionedService.hub("    not_during: [Sun, Mon, Tue, Wed, Thu, Fri, Sat]")
        try await hub.run { (client) async throws in
            #expect(await hub.canPlanWeb())
            for (name, parameters, status, words) in [
                ("wep", ["version": "1"], 404, "it has web"), ("web", [:], 400, "needs version"),
                ("web", ["version": "1", "mode": "x"], 400, "no parameter mode"),
                ("web", ["version": "a b"], 400, "write a version"),
                ("web", ["version": "1"], 423, "not_during"),
            ] as [(String, [String: String], Int, String)] {
                await #expect("\(name) \(parameters)") {
                    _ = try await client.start(RolloutRequest(name: name, parameters: parameters))
                } throws: { error in
                    guard case HubClientError.refused(let found, let message) = error else { return false }
                    return found == status && message.contains(words)
                }
            }
            #expect(try await client.rollouts().isEmpty && hub.text("ran").isEmpty)
            for since in [Int64.min, -1, .max] {
                await #expect(throws: HubClientError.self) {
                    try await client.gate(GateRequest(name: "web", changed: "host=*", since: since))
                }
            }
            let started = try await hub.startWeb("4.12.1", override: "it burns")
            #expect(try await hub.end(of: started.id).state == .succeeded)
            let audit = try await client.audit(since: 0).records.filter { $0.event == "rollout" }
            #expect(audit.first?.text.hasSuffix(": because; outside its window: it burns") == true)
        }
    }
}
