import Fleet
import Hub
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `Waits between starts` {
    @Test func `double up to a minute, each by up to half more or less`() {
        var backoff = Backoff()
        #expect(
            (0..<9).map { _ in backoff.next(chance: 0.5) }
                == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { $0 * 1000 })
        backoff.succeed()
        #expect(backoff.next(chance: 0) == 500)
        #expect(backoff.next(chance: 0.999) == 2998)
    }
}

@Suite struct `The reason that a source ended for` {
    private static let changed = """
        @@@@@@@@@@@@@@@@@@@@@@@@@@@
        @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
        Host key verification failed.
        """

    /// What OpenSSH says, its exit status, the reason's name, and the command that our sentence must hold.
    @Test(arguments: [
        (
            "No ED25519 host key is known for web1 and you have requested strict checking.\nHost key verification failed.\n",
            255, "key_unknown", "accept it: ssh web1"
        ),
        (changed, 255, "key_changed", "ssh-keygen -R web1, then ssh web1"),
        (
            changed + "  remove with:\n  ssh-keygen -f \"/home/ops/.ssh/known_hosts\" -R \"web1\"\n", 255,
            "key_changed",
            "right: ssh-keygen -f \"/home/ops/.ssh/known_hosts\" -R \"web1\", then"
        ),
        ("ops@web1: Permission denied (publickey).\n", 255, "login_refused", "by hand: ssh web1"),
        ("ops@web1: Permission denied (publickey,password).\n", 255, "needs_person", "martlet --ask web1"),
        (
            "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures\n", 255,
            "login_refused",
            "ssh -v web1"
        ),
        (
            "ssh: Could not resolve hostname web1: Name or service not known\n", 255, "no_address",
            "no address"
        ),
        ("ssh: connect to host web1 port 22: Connection refused\n", 255, "no_sshd", "ssh -v web1"),
        ("ssh: connect to host web1 port 22: Connection timed out\n", 255, "no_answer", "does not answer"),
        ("ssh: connect to host web1 port 22: No route to host\n", 255, "no_route", "ip route get web1"),
        ("Timeout, server web1 not responding.\n", 255, "link_lost", "no longer answers"),
        (
            "kex_exchange_identification: Connection closed by remote host\nConnection closed by 192.0.2.1 port 22\n",
            255, "closed_early", "before the login"
        ),
        ("Bad owner or permissions on /home/ops/.ssh/config\n", 255, "ssh_config", "chmod 600 ~/.ssh/config"),
        ("sudo: a password is required\n", 1, "sudo", "NOPASSWD: /usr/local/bin/martlet-agent stream"),
        ("Something that nobody foresaw\n\n", 255, "ended", "Something that nobody foresaw"),
        ("martlet-agent: unknown option --colour\n", 64, "ended", "unknown option --colour"),
        ("", 255, "ended", "status 255"),
    ])
    func `names the command that mends it`(errors: String, status: Int32, name: String, part: String) throws {
        let command = try SourceCommand.ssh("web1")
        let failure = FailureReason.of(command, status: status << 8, errors: errors)
        #expect(failure.name == name)
        #expect(failure.reason.contains(part), "\(failure.reason)")
        // OpenSSH's own lines end so.
        let carriage = FailureReason.of(
            command, status: status << 8, errors: errors.replacing("\n", with: "\r\n"))
        #expect(carriage.reason == failure.reason)
    }

    @Test func `gives the command with the port, user and way that the host has`() throws {
        var target = HostTarget("db1")
        target.destination = SSHDestination("10.0.0.7", user: "ops", port: 2222)
        target.jumps = [SSHDestination("bastion", user: "me")]
        let command = try SourceCommand.to(target, localAgent: nil)
        let unknown = FailureReason.of(command, status: 255 << 8, errors: "Host key verification failed.")
        #expect(unknown.reason.contains("accept it: ssh -J me@bastion -p 2222 -l ops 10.0.0.7"))
        let changed = FailureReason.of(command, status: 255 << 8, errors: Self.changed)
        #expect(changed.reason.contains("ssh-keygen -R '[10.0.0.7]:2222'"))
    }

    @Test(arguments: [
        (
            HostWord.none(system: "Linux", machine: "x86_64", path: ""), "no_agent",
            "scp bin/martlet-agent web1:bin/"
        ),
        (.none(system: "Linux", machine: "x86_64", path: "/opt/a"), "no_agent", "ssh web1 /opt/a --version"),
        (.copy(system: "Linux", machine: "riscv64", folder: "/x"), "architecture", "riscv64"),
        (.nowhere(folders: ["noexec:/x", "unwritable:/y"]), "noexec", "agent_dir: /opt/martlet"),
        (.nowhere(folders: ["unwritable:/y"]), "unwritable", "unwritable:/y"),
        (.unwritten(folder: "/x"), "unwritten", "ssh web1 df /x"),
        (.spoilt(folder: "/x"), "spoilt", "web1:/x"),
    ])
    func `is what the host said of its agent`(word: HostWord, name: String, part: String) {
        let failure = FailureReason.of(word, on: HostTarget("web1"), agent: nil)
        #expect(failure.name == name)
        #expect(failure.reason.contains(part), "\(failure.reason)")
    }

    @Test func `is the child's last words where it is none of ssh`() {
        let command = SourceCommand.local(HostID("here"), agent: "/bin/agent")
        func reason(_ status: Int32, _ errors: String) -> String {
            FailureReason.of(command, status: status, errors: errors).reason
        }
        #expect(reason(1 << 8, "a\nb\n  \n") == "b")
        #expect(reason(9, "") == "it was ended by signal 9")
        #expect(reason(0, "") == "it ended by itself")
        #expect(reason(0, String(repeating: "x", count: 4096)).count == 200)
    }
}

@Suite struct `A source's command` {
    @Test(arguments: ["web1", "web1.eu.example.net", "192.0.2.1", "a_b-c", "fe80::1%eth0"])
    func `dials names and addresses`(name: String) throws {
        let command = try SourceCommand.ssh(name)
        #expect(command.child == nil)
        #expect(command.host == HostID(name))
        #expect(command.summary == "ssh \(name)")
    }

    @Test(arguments: [
        "", "-oProxyCommand=x", "a b", "ops@web1", "a;b", "a\nb", "\"", "ä",
        String(repeating: "a", count: 254),
    ])
    func `refuses what could become an option or a word of its own`(name: String) {
        #expect(throws: HubError.invalidHost(name)) { try SourceCommand.ssh(name) }
    }
}

@Suite struct `The intake of a source` {
    private static let load = SeriesKey("node_load1")

    private func taken(_ portions: [[UInt8]], finish: Bool = true) async -> (
        SourceIntake, HubCore, [WireMessage]
    ) {
        let core = HubCore()
        _ = await core.add(SourceCommand(host: HostID("web1"), arguments: [], summary: "test"))
        var intake = SourceIntake(host: HostID("web1"))
        var answers: [WireMessage] = []
        for (place, bytes) in portions.enumerated() where intake.ending == nil {
            answers += await intake.take(bytes, atMilliseconds: Int64(place), into: core)
        }
        if finish { intake.finish() }
        return (intake, core, answers)
    }

    private static func session(ticks: Int) -> [[UInt8]] {
        var agent = InventedAgent([load], type: .gauge)
        return [InventedAgent.hello()]
            + (0..<ticks).map { agent.tick(Timestamp(seconds: Int64(1000 + $0)), [Double($0)]) }
    }

    @Test func `answers a hello with hello, subscription and credit, and takes ticks in`() async {
        let (intake, core, answers) = await taken(Self.session(ticks: 3))
        #expect(intake.ending == nil)
        #expect(answers.map(\.name) == ["hello", "subscribe", "credit"])
        #expect(await core.figures().samples == 6)
        #expect(await core.summaries().first?.state == .live)
        #expect(await core.summaries().first?.agentVersion == "9.9")
    }

    @Test func `grants credit anew before an agent runs out of it`() async {
        let (_, _, answers) = await taken(Self.session(ticks: 200))
        let granted = answers.reduce(0) { if case .credit(let ticks) = $1 { $0 + Int(ticks) } else { $0 } }
        #expect(granted >= 200 + Int(HubSession.creditTicks) / 2)
    }

    @Test(arguments: 1...60)
    func `takes the same however the bytes are split`(seed: UInt64) async {
        var random = SeededRandom(seed: seed)
        let bytes = Array(Self.session(ticks: 20).joined())
        var portions: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &random))
            portions.append(Array(bytes[start..<end]))
            start = end
        }
        let (intake, core, _) = await taken(portions)
        #expect(intake.ending == nil)
        #expect(await core.figures().samples == 40)
    }

    @Test func `closes a source for what it sends, by name, and keeps what came before`() async {
        let good = Self.session(ticks: 2)
        let rows: [(String, [[UInt8]])] = [
            ("no_hello", Array(good.dropFirst())),
            ("second_hello", good + [InventedAgent.hello()]),
            ("version", [InventedAgent.hello(oldest: 7, newest: 9)]),
            ("goodbye", good + [FrameEncoder.frame(.goodbye(reason: "asked to stop"))]),
            ("not_an_agent", good + [FrameEncoder.frame(.credit(ticks: 3))]),
            ("checksum", good + [good[1].dropLast() + [good[1].last.map { $0 ^ 1 } ?? 0]]),
            ("not_a_frame", good + [[1, 2, 3, 4]]),
            ("unknown_kind", good + [FrameForge.frame(kind: 99, payload: [])]),
            ("truncated", good + [Array(good[1].dropLast(5))]),
            ("no_frames", [[UInt8](repeating: 0x41, count: WireLimits.bannerBytes + 1)]),
        ]
        for (name, portions) in rows {
            let (intake, core, _) = await taken(portions)
            #expect(intake.ending?.name == name, "\(name): \(String(describing: intake.ending))")
            #expect(intake.ending?.reason.isEmpty == false)
            let samples = await core.figures().samples
            #expect(samples == (["no_hello", "version", "no_frames"].contains(name) ? 0 : 4), "\(name)")
        }
    }

    @Test(arguments: 1...200)
    func `never traps on damaged frames`(seed: UInt64) async {
        var random = SeededRandom(seed: seed)
        var bytes = Array(Self.session(ticks: 10).joined())
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        _ = await taken([bytes])
    }

    @Test func `slows an agent that floods, and ends one that goes on`() async {
        let core = HubCore()
        let host = HostID("web1")
        _ = await core.add(SourceCommand(host: host, arguments: [], summary: "test"))
        var intake = SourceIntake(host: host)
        let event = FrameEncoder.frame(
            .event(WireEvent(time: Timestamp(milliseconds: 0), kind: "x", labels: [:], text: "")))
        let portion = Array(repeatElement(event, count: 1000).joined())
        _ = await intake.take(InventedAgent.hello(), atMilliseconds: 0, into: core)
        for _ in 0..<4 { _ = await intake.take(portion, atMilliseconds: 0, into: core) }
        #expect(intake.pauseMilliseconds == 0)
        for _ in 0..<2 { _ = await intake.take(portion, atMilliseconds: 0, into: core) }
        #expect(intake.pauseMilliseconds > 1000)
        // Who waits as told may go on for ever.
        var now: Int64 = 0
        for _ in 0..<50 {
            now += intake.pauseMilliseconds
            _ = await intake.take(portion, atMilliseconds: now, into: core)
        }
        #expect(intake.ending == nil)
        for _ in 0..<20 { _ = await intake.take(portion, atMilliseconds: now, into: core) }
        #expect(intake.ending?.name == "flood")
    }
}
