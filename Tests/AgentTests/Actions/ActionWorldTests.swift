import Agent
import CLinux
import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

/// Actions in the world that they meet: a sudo with rules, control groups, a disk that is full, a clock that is wrong.
@Suite(.serialized) struct `An action in the world` {
    // MARK: sudo

    /// As the user nobody, in front of a sudoers.d of the test's own.
    @Test func `runs through sudo with the words of its rule, and with no others`() throws {
        guard geteuid() == 0, let sudo = Program.find("sudo"), let setpriv = Program.find("setpriv"),
            let unshare = Program.find("unshare"), let visudo = Program.find("visudo"),
            let agent = Program.releaseAgent
        else {
            return print("skipped: needs root, sudo, util-linux and make agent")
        }
        var host = try ActionHost()
        chmod(host.folder.url.path, 0o755)
        host.agent = host.path("martlet-agent")
        _ = try Program.run("/bin/sh", ["-c", "cp \"$0\" \"$1\" && chmod 755 \"$1\"", agent, host.agent])
        try host.script("who.sh", "id -un; printf '[%s]' \"$@\"; echo")
        try host.configure(
            "[agent]\naudit = none\n[action who]\nabout = x\nrun = $/who.sh web {v}\nparam.v = version\nuser = daemon\n"
        )
        let nobody = try #require(getpwnam("nobody")).pointee
        chown(host.configuration, nobody.pw_uid, nobody.pw_gid)
        for folder in ["state", "rules", "none"] {
            try FileManager.default.createDirectory(
                atPath: host.path(folder), withIntermediateDirectories: true)
        }
        chown(host.state, nobody.pw_uid, nobody.pw_gid)
        let asNobody = [setpriv, "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        let rules = try Program.run(
            asNobody[0],
            asNobody.dropFirst() + [host.agent, "check", "--sudoers", "nobody", host.configuration])
        #expect(rules.status == 0 && rules.output.contains("nobody ALL=(daemon) NOPASSWD: "), "\(rules)")
        let file = host.path("rules/martlet-agent")
        try Data(rules.output.utf8).write(to: URL(filePath: file))
        chmod(file, 0o440)
        let version = try Program.run(sudo, ["--version"]).output
        let tried = try Program.run(visudo, ["-c", "-f", file])
        #expect(tried.status == 0, "\(tried) \(version.prefix(20))")
        /// Before the words: sudo reads the rules of `folder` alone.
        func rooted(_ folder: String) -> [String] {
            [
                unshare, "-m", "/bin/sh", "-c",
                "mount --make-rprivate / && mount --bind '\(host.path(folder))' /etc/sudoers.d && exec \"$@\"",
                "sh",
            ]
        }

        host.prefix = rooted("none") + asNobody
        let refused = try host.run(host.order("who", ["v": "1.2"], sequence: 1))
        #expect(
            refused.last?.cause == .forbidden && refused.last?.text.contains("sudo refuses it") == true,
            "\(refused)")
        host.prefix = rooted("rules") + asNobody
        let answer = try host.run(host.order("who", ["v": "1.2+3"], sequence: 2))
        #expect(answer.text == "daemon\n[web][1.2+3]\n" && answer.last?.exitStatus == 0, "\(answer)")
        for words in [["web", "1.2", "more"], ["db", "1.2"], ["web", "1.2;id"], ["web"], []] {
            let other =
                rooted("rules") + asNobody + [sudo, "-n", "-u", "daemon", "--", host.path("who.sh")] + words
            #expect(try Program.run(other[0], Array(other.dropFirst())).status != 0, "\(words)")
        }
        let asRoot = rooted("rules") + asNobody + [sudo, "-n", "--", host.path("who.sh"), "web", "1.2"]
        #expect(try Program.run(asRoot[0], Array(asRoot.dropFirst())).status != 0)
    }

    // MARK: Control groups

    @Test func `in a control group of its own leaves nothing behind, whatever it does to its family`() throws
    {
        let root = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].first {
            FileManager.default.isWritableFile(atPath: "\($0)/cgroup.procs")
                && FileManager.default.fileExists(atPath: "\($0)/cgroup.procs")
                && (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8).contains(" \($0) cgroup2 "))
                    == true
        }
        guard geteuid() == 0, let root, let setfattr = Program.find("setfattr") ?? Program.find("python3")
        else {
            return print("skipped: cgroup v2 may not be divided here")
        }
        var host = try ActionHost()
        let group = "\(root)/martlet-test-\(getpid())"
        try FileManager.default.createDirectory(atPath: group, withIntermediateDirectories: true)
        defer {
            _ = try? Data("1".utf8).write(to: URL(filePath: "\(group)/cgroup.kill"))
            _ = Eventually.holds { rmdir(group) == 0 }
        }
        // As systemd does it for Delegate=yes.
        let marked =
            setfattr.hasSuffix("setfattr")
            ? try Program.run(setfattr, ["-n", "trusted.delegate", "-v", "1", group])
            : try Program.run(
                setfattr, ["-c", "import os,sys; os.setxattr(sys.argv[1], 'trusted.delegate', b'1')", group])
        guard marked.status == 0 else {
            return print("skipped: a control group cannot be marked as handed over here: \(marked.errors)")
        }
        host.prefix = ["/bin/sh", "-c", "echo $$ > '\(group)/cgroup.procs' && exec \"$@\"", "sh"]
        try host.script(
            "fork.sh",
            "for n in 1 2 3; do env -i setsid sh -c 'trap \"\" TERM HUP; (env -i setsid sleep 94 &) ; sleep 94' & done; sleep 94"
        )
        try host.configure("[action fork]\nabout = x\nrun = $/fork.sh\ntimeout = 1s\ngrace = 0s\n")
        let answer = try host.run(host.order("fork", sequence: 1))
        let last = try #require(answer.last)
        #expect(!last.isWeaklyContained, "it had a group of its own")
        #expect(last.cause == .timeout, "\(last)")
        let left = try FileManager.default.contentsOfDirectory(atPath: group).filter {
            $0.hasPrefix("martlet-action")
        }
        #expect(left == [], "the order's group is gone")
        let members = try String(contentsOfFile: "\(group)/cgroup.procs", encoding: .utf8)
        #expect(members == "", "and so is everything that was in it: \(members)")
    }

    // MARK: The disk

    @Test func `starts nothing on a disk that is full, says so, and starts when there is room`() throws {
        guard geteuid() == 0, let unshare = Program.find("unshare"),
            try Program.run(unshare, ["-m", "true"]).status == 0
        else { return print("skipped: no mount namespaces here; run it as root") }
        var host = try ActionHost()
        try host.script("count.sh", "echo run >> $HERE/runs")
        try host.configure("[agent]\naudit = none\n[action count]\nabout = x\nrun = $/count.sh\n")
        try FileManager.default.createDirectory(atPath: host.state, withIntermediateDirectories: true)
        let order = host.order("count", sequence: 1)
        for (size, fill, part) in [
            // Room for the ledger, and not for what an action may write.
            ("4m", "true", "MiB are free, so nothing is started"),
            ("1m", "dd if=/dev/zero of=full bs=1k 2>/dev/null || true", "so nothing is started"),
        ] {
            host.prefix = [
                unshare, "-m", "/bin/sh", "-c",
                "mount -t tmpfs -o size=\(size) none '\(host.state)' && cd '\(host.state)' && { \(fill); } && exec \"$@\"",
                "sh",
            ]
            let last = try #require(try host.run(order).last)
            #expect(last.state == .refused && last.cause == .ledger, "\(last)")
            #expect(last.text.contains(part) && last.text.contains(host.state), "\(last.text)")
        }
        #expect(host.text("runs") == "")
        host.prefix = []
        #expect(try host.run(order).last?.exitStatus == 0)
        #expect(host.text("runs") == "run\n")
    }

    // MARK: The clock

    /// What is left of an order's time is the hub's own clock against itself, and what passed here since it came.
    @Test(arguments: [-3_600_000, -60_000, 0, 60_000, 3_600_000] as [Int64])
    func `is started in time and not too late, however far the clocks are apart`(_ skew: Int64) throws {
        var configuration = AgentConfiguration()
        configuration =
            AgentConfiguration.parse([
                ("a.conf", Array("[action x]\nabout = x\nrun = /bin/true\ncooldown = 10m\n".utf8))
            ]).configuration
        let now: Int64 = 1_900_000_000_000
        func decide(
            _ left: Int64, waited: UInt64, ledger: ActionLedger = ActionLedger(), boot: UInt64 = 50_000
        )
            -> OrderCheck.Decision
        {
            let check = OrderCheck(
                configuration: configuration, ledger: ledger, bootID: "b", wallMilliseconds: now,
                bootMilliseconds: boot)
            let order = Order(
                id: String(repeating: "a", count: 32), action: "x", parameters: [:], sequence: 7,
                notAfter: Timestamp(milliseconds: now + skew + left), hub: ActionHost.hub,
                sentAt: Timestamp(milliseconds: now + skew))
            return check.decide(order, waitedMilliseconds: waited)
        }
        func isStarted(_ decision: OrderCheck.Decision) -> Bool {
            if case .start = decision { true } else { false }
        }
        #expect(isStarted(decide(60_000, waited: 59_999)))
        #expect(decide(60_000, waited: 60_000) == .refuse(.expired, "the time to start it by has passed"))
        #expect(decide(0, waited: 0) == .refuse(.expired, "the time to start it by has passed"))
        // A clock that is set by an hour between two starts neither ends the cooldown nor makes it longer.
        var entry = ActionLedger.Entry(id: String(repeating: "b", count: 32))
        (entry.action, entry.bootID, entry.bootMilliseconds) = ("x", "b", 50_000)
        entry.startedAt = now + skew
        let ledger = ActionLedger(ActionLedger.start(entry) + ActionLedger.end(entry.id, at: now))
        for passed in [0, 1, 599_000, 599_999] as [UInt64] {
            let decision = decide(60_000, waited: 0, ledger: ledger, boot: 50_000 + passed)
            guard case .refuse(.busy, _, freeIn: let left) = decision else {
                Issue.record("\(decision)")
                continue
            }
            #expect(left == 600_000 - passed)
        }
        #expect(isStarted(decide(60_000, waited: 0, ledger: ledger, boot: 50_000 + 600_000)))
    }

    // MARK: Words

    /// A `run` line of random words and parameters, beside the words that a person means by it.
    private struct RandomLine {
        var text: String
        var words: [String] = []
        let values: [Label]

        init(program: String, _ random: inout SeededRandom) {
            text = program
            let letters = Array("ab01._+")
            let odd = Array("$`;|&<>()[]*?~#!%^= '\"\\{}é日-\t")
            let values = (0..<3).map { place in
                let count = Int.random(in: 0...63, using: &random)
                let rest = (0..<count).compactMap { _ in letters.randomElement(using: &random) }
                return Label("p\(place)", String("\(place)\(String(rest))"))
            }
            self.values = values
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                var word = ""
                text += String(repeating: " ", count: Int.random(in: 1...3, using: &random))
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let style = Int.random(in: 0...3, using: &random)
                    if style == 3, let value = values.randomElement(using: &random) {
                        text += "{\(value.name)}"
                        word += value.value
                        continue
                    }
                    let part = String(
                        (0..<Int.random(in: 0...5, using: &random)).compactMap { _ in
                            (Bool.random(using: &random) ? letters : odd).randomElement(using: &random)
                        })
                    word += part
                    text += Self.written(part, style)
                }
                words.append(word)
            }
        }

        /// As docs/agent-conf.md has it: bare with escapes, in single quotes, in double quotes; braces are doubled.
        private static func written(_ part: String, _ style: Int) -> String {
            var text = ""
            let braced = { (character: Character) in character == "{" || character == "}" }
            switch style {
            case 0:
                for character in part {
                    let isSpecial = " \t'\"\\".contains(character)
                    text +=
                        braced(character)
                        ? "\(character)\(character)" : isSpecial ? "\\\(character)" : "\(character)"
                }
                // Nothing at all would be no part of a word.
                return part.isEmpty ? "''" : text
            case 1:
                for character in part {
                    // A single quote ends the quotes.
                    text +=
                        character == "'"
                        ? "'\"'\"'" : braced(character) ? "\(character)\(character)" : "\(character)"
                }
                return "'\(text)'"
            default:
                for character in part {
                    let isSpecial = character == "\"" || character == "\\"
                    text +=
                        braced(character)
                        ? "\(character)\(character)" : isSpecial ? "\\\(character)" : "\(character)"
                }
                return "\"\(text)\""
            }
        }
    }

    @Test func `gives its program exactly the words that its line means, over thousands of lines and values`()
        throws
    {
        let host = try ActionHost()
        try host.script("words.sh", "printf '%s\\0' \"$@\"")
        let seed = UInt64.random(in: 0...9_999)
        var random = SeededRandom(seed: seed)
        for round in 0..<3000 {
            let line = RandomLine(program: host.path("words.sh"), &random)
            let argv = try ActionArgv(line.text, parameters: line.values.map(\.name))
            let words = argv.filled(line.values)
            #expect(Array(words.dropFirst()) == line.words, "seed \(seed), round \(round): \(line.text)")
            let got = try Self.run(words)
            let expected = line.words.isEmpty ? "\u{0}" : line.words.map { "\($0)\u{0}" }.joined()
            guard got != expected else { continue }
            Issue.record("seed \(seed), round \(round): \(line.text) gave \(got.debugDescription)")
            return
        }
    }

    /// Starts the words as an action is started, and reads what the program says.
    private static func run(_ words: [String]) throws -> String {
        var ends: [Int32] = [-1, -1]
        try #require(clinux_pipe(&ends) == 0)
        // The program's end waits for its reader.
        _ = fcntl(ends[1], F_SETFL, 0)
        _ = fcntl(ends[0], F_SETFL, 0)
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { (argv + variables).forEach { free($0) } }
        let pid = argv.withUnsafeMutableBufferPointer { argv in
            variables.withUnsafeMutableBufferPointer { variables in
                var script = clinux_script()
                script.path = UnsafePointer(argv[0])
                script.arguments = UnsafePointer(argv.baseAddress)
                script.environment = UnsafePointer(variables.baseAddress)
                script.output = ends[1]
                script.cgroup_procs = -1
                return clinux_script_start(&script)
            }
        }
        close(ends[1])
        defer { close(ends[0]) }
        try #require(pid > 0)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(status == 0)
        return String(decoding: bytes, as: UTF8.self)
    }
}
