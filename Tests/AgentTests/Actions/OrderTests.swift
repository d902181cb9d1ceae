import Agent
import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `An order` {
    private func section(_ name: String, _ lines: String = "") -> String {
        "[action \(name)]\nabout = x\nrun = $/\(name).sh\n\(lines)\n"
    }

    @Test func `is accepted, started and ended, with all that it wrote`() throws {
        let host = try ActionHost()
        try host.script("hello.sh", "printf 'one\\n'; echo two >&2; exit 3")
        try host.configure(section("hello"))
        let answer = try host.run(host.order("hello", sequence: 1))
        #expect(answer.states == [.accepted, .started, .ended])
        #expect(answer.text == "one\ntwo\n")
        let last = try #require(answer.last)
        #expect(last.exitStatus == 3 && last.cause == .none && last.outputBytes == 8)
        #expect(last.startedAt != nil && last.endedAt != nil)
    }

    @Test func `is started once, however often and by however many it is given`() throws {
        let host = try ActionHost()
        try host.script("count.sh", "echo run >> $HERE/runs; sleep 0.2")
        try host.configure(section("count"))
        let order = host.order("count", sequence: 1)
        let couriers = try (0..<6).map { _ in try host.start(order) }
        let answer = try host.run(order)
        #expect(answer.last?.state == .ended && answer.last?.exitStatus == 0)
        for pid in couriers {
            var status: Int32 = 0
            #expect(Eventually.holds { waitpid(pid, &status, WNOHANG) == pid })
        }
        #expect(try host.run(order).last == answer.last)
        #expect(host.text("runs") == "run\n")
    }

    @Test func `gives its script the words of the file and nothing of the agent's own`() throws {
        let host = try ActionHost()
        try host.script(
            "look.sh",
            """
            for word in "$@"; do printf '[%s]' "$word"; done
            echo; ls /proc/self/fd | tr '\\n' ' '; echo; pwd; umask; cat; env | sort
            """)
        try host.configure(
            "[action look]\nabout = x\nrun = $/look.sh 'a  b' --v={version} {{x}} '*' \\$HOME ;\nparam.version = version\n"
        )
        setenv("MARTLET_TEST_SECRET", "leaks", 1)
        let answer = try host.run(host.order("look", ["version": "1.2+3"], sequence: 1))
        let lines = answer.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.first == "[a  b][--v=1.2+3][{x}][*][$HOME][;]")
        // 3 is what ls itself has open.
        #expect(lines[1] == "0 1 2 3 ")
        #expect(lines[2] == "/" && lines[3] == "0022")
        #expect(
            answer.text.contains("MARTLET_ACTION=look\n") && answer.text.contains("MARTLET_ACTOR=uid=7\n"))
        #expect(!answer.text.contains("MARTLET_TEST_SECRET"))
    }

    @Test func `that may not be started is refused with the reason, and stays refused`() throws {
        let host = try ActionHost()
        try host.script("ok.sh", "echo run >> $HERE/runs")
        try host.script("open.sh", "echo run >> $HERE/runs")
        chmod(host.path("open.sh"), 0o777)
        try host.configure(
            section("ok", "param.n = int 1..3 default 1\ncooldown = 1h") + section("open") + section("gone")
                + "[action alien]\nabout = x\nrun = $/ok.sh\nuser = nobody-of-that-name\n")
        let rows: [(order: Order, cause: Report.Cause, words: String)] = [
            (host.order("no-such", sequence: 1), .undeclared, "it declares ok, open, gone, alien"),
            (host.order("ok", ["n": "4"], sequence: 2), .undeclared, "a number from 1 to 3"),
            (host.order("ok", ["m": "4"], sequence: 3), .undeclared, "it takes n"),
            (host.order("open", sequence: 4), .forbidden, "may be written by others; run chmod go-w"),
            (host.order("gone", sequence: 5), .forbidden, "gone.sh: No such file"),
            (host.order("alien", sequence: 6), .forbidden, "nobody-of-that-name"),
            (host.order("ok", sequence: 7, notAfter: 0), .expired, "has passed"),
            (host.order("ok", sequence: 6), .replayed, "not above 7"),
            (host.order("ok", id: "../../../tmp/x", sequence: 8), .undeclared, "32"),
        ]
        for row in rows {
            let answer = try host.run(row.order)
            #expect(answer.states == [.refused], "\(row.order.action)")
            #expect(answer.last?.cause == row.cause, "\(answer.reports)")
            #expect(answer.last?.text.contains(row.words) == true, "\(answer.reports)")
        }
        chmod(host.path("open.sh"), 0o755)
        #expect(try host.run(rows[3].order).last?.state == .refused)
        #expect(host.text("runs") == "")
        #expect(try host.run(host.order("ok", sequence: 9)).last?.state == .ended)
        let early = try host.run(host.order("ok", sequence: 10)).last
        #expect(early?.cause == .busy && early?.text.contains("cooldown goes on for") == true)
        // So that a hub need not ask until then.
        let left = try #require(early?.freeInMilliseconds)
        #expect((3_000_000..<3_600_000).contains(left), "\(left)")
        #expect(try host.run(rows[7].order).last?.freeInMilliseconds == nil, "nothing else says when")
    }

    @Test func `of a rollout that lost its lock to a newer one is refused`() throws {
        let host = try ActionHost()
        for name in ["deploy", "back", "other"] {
            try host.script("\(name).sh", "echo \(name) >> $HERE/runs")
        }
        try host.configure(
            section("deploy", "lock = web") + section("back", "lock = web") + section("other", "lock = db"))
        #expect(try host.run(host.order("deploy", sequence: 1, fence: 7)).last?.state == .ended)
        let late = try #require(try host.run(host.order("back", sequence: 2, fence: 6)).last)
        #expect(late.state == .refused && late.cause == .forbidden, "\(late)")
        #expect(late.text == "a newer rollout has taken this host's lock")
        // Its own next order, one of another lock, and one that a person gives.
        for order in [
            host.order("back", sequence: 3, fence: 7), host.order("other", sequence: 4, fence: 6),
            host.order("deploy", sequence: 5),
        ] {
            #expect(try host.run(order).last?.state == .ended, "\(order)")
        }
        #expect(host.text("runs") == "deploy\nback\nother\ndeploy\n")
    }

    @Test func `is refused by a host that takes none`() throws {
        let host = try ActionHost()
        try host.script("ok.sh", "echo run >> $HERE/runs")
        try host.configure("[agent]\nactions = no\n" + section("ok"))
        let last = try #require(try host.run(host.order("ok", sequence: 1)).last)
        #expect(last.state == .refused && last.cause == .undeclared)
        #expect(last.text == "this host takes no orders: agent.conf says actions = no")
        #expect(host.text("runs").isEmpty)
    }

    @Test func `that another boot of its host left open is unknown, and is not started again`() throws {
        let host = try ActionHost()
        try host.script("ok.sh", "echo run >> $HERE/runs")
        try host.configure(section("ok"))
        #expect(try host.run(host.order("ok", sequence: 1)).last?.state == .ended)
        let order = host.order("ok", sequence: 2)
        var entry = ActionLedger.Entry(id: order.id)
        (entry.hub, entry.sequence, entry.action, entry.lock) = (order.hub, 2, "ok", "ok")
        (entry.startedAt, entry.bootID) = (1_000_000, "0f6a2c1e-another-boot")
        let file = try FileHandle(forWritingTo: URL(filePath: "\(host.state)/actions/ledger"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(ActionLedger.start(entry)))
        try file.close()
        let last = try #require(try host.run(order).last)
        #expect(last.state == .unknown && last.cause == .reboot, "\(last)")
        #expect(host.text("runs") == "run\n")
        // Its lock is free again.
        #expect(try host.run(host.order("ok", sequence: 3)).last?.state == .ended)
    }

    @Test func `waits for nobody who holds its lock`() throws {
        let host = try ActionHost()
        try host.script("long.sh", "touch $HERE/began; sleep 30")
        try host.script("short.sh", "true")
        try host.configure(
            section("long", "lock = web\ngrace = 0s\ntimeout = 8s") + section("short", "lock = web"))
        let order = host.order("long", sequence: 1)
        let courier = try host.start(order)
        #expect(Eventually.holds { FileManager.default.fileExists(atPath: host.path("began")) })
        let busy = try host.run(host.order("short", sequence: 2)).last
        #expect(busy?.cause == .busy && busy?.text.contains("long runs and holds the lock web") == true)
        #expect(try host.run(order).last?.cause == .timeout)
        #expect(try host.run(host.order("short", sequence: 3)).last?.exitStatus == 0)
        var status: Int32 = 0
        #expect(Eventually.holds { waitpid(courier, &status, WNOHANG) == courier })
    }

    @Test func `that takes too long is ended with all that it started, though it forks and ignores TERM`()
        throws
    {
        let host = try ActionHost()
        try host.script(
            "stuck.sh",
            """
            trap '' TERM
            setsid sh -c 'trap "" TERM; (sleep 97 & sleep 97) & sleep 97' &
            (setsid sleep 97 &) &
            while :; do sleep 1; done
            """)
        try host.configure(section("stuck", "timeout = 1s\ngrace = 1s"))
        let order = host.order("stuck", sequence: 1)
        let answer = try host.run(order)
        let last = try #require(answer.last)
        #expect(last.cause == .timeout && last.exitStatus == -9, "\(last)")
        #expect(last.text.contains("longer than 1s"))
        #expect(host.processes(of: order.id) == [])
    }

    @Test func `that is cancelled is ended with all that it started, though it ignores TERM`() throws {
        let host = try ActionHost()
        try host.script(
            "deaf.sh", "trap '' TERM; (setsid sleep 96 &) ; touch $HERE/began; while :; do sleep 1; done")
        try host.configure(section("deaf", "timeout = 2m\ngrace = 1s"))
        let order = host.order("deaf", sequence: 1)
        let folder = ActionFolder(state: host.state)
        #expect(!folder.askToCancel(order.id, by: "anna"), "nothing runs yet")
        let courier = try host.start(order)
        #expect(Eventually.holds { FileManager.default.fileExists(atPath: host.path("began")) })
        #expect(folder.askToCancel(order.id, by: "anna"))
        _ = folder.askToCancel(order.id, by: "bert")
        let last = try #require(try host.run(order).last)
        #expect(last.state == .ended && last.cause == .cancelled && last.exitStatus == -9, "\(last)")
        #expect(last.text.hasPrefix("ended because anna"))
        #expect(host.processes(of: order.id) == [])
        var status: Int32 = 0
        #expect(Eventually.holds { waitpid(courier, &status, WNOHANG) == courier })
        #expect(!folder.askToCancel(order.id, by: "anna"), "it has ended")
        #expect(!folder.askToCancel("../../etc", by: "anna"))
        #expect(try host.run(order).last == last, "it stays as it ended")
    }

    @Test(arguments: [false, true])
    func `that leaves processes has failed and they are ended, but where that is meant`(_ isMeant: Bool)
        throws
    {
        let host = try ActionHost()
        try host.script("serve.sh", "(setsid sleep 95 >/dev/null 2>&1 &) ; echo started")
        try host.configure(section("serve", "grace = 1s\nleaves_processes = \(isMeant ? "yes" : "no")"))
        let order = host.order("serve", sequence: 1)
        let last = try #require(try host.run(order).last)
        let left = host.processes(of: order.id)
        #expect(last.cause == (isMeant ? .none : .leftovers), "\(last)")
        #expect(left.count == (isMeant ? 1 : 0))
        if !isMeant { #expect(last.text.contains("sleep (")) }
        for pid in left { kill(pid, SIGKILL) }
    }

    @Test func `that leaves processes does not lose them with its runner`() throws {
        let host = try ActionHost()
        try host.script("serve.sh", "(setsid sleep 95 >/dev/null 2>&1 &) ; touch $HERE/began; sleep 94")
        try host.configure(section("serve", "grace = 0s\ntimeout = 2s\nleaves_processes = yes"))
        let order = host.order("serve", sequence: 1)
        let courier = try host.start(order)
        #expect(Eventually.holds { FileManager.default.fileExists(atPath: host.path("began")) })
        let script = try #require(host.processes(of: order.id).min())
        kill(courier, SIGKILL)
        waitpid(courier, nil, 0)
        kill(try parent(of: script), SIGKILL)
        // Its time passes, and nobody knows which of them is the service that was to stay.
        let last = try #require(try host.run(order).last)
        #expect(last.state == .unknown, "\(last)")
        let left = host.processes(of: order.id)
        #expect(left.count >= 2)
        for pid in left { kill(pid, SIGKILL) }
    }

    /// A script's parent is its runner.
    private func parent(of pid: pid_t) throws -> pid_t {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let words = try #require(stat.split(separator: ")").last).split(separator: " ")
        return try #require(pid_t(words[1]))
    }

    @Test func `that floods keeps its first and its last bytes, and counts the others`() throws {
        let host = try ActionHost()
        try host.script("flood.sh", "i=0; seq 1 2000000")
        try host.configure(section("flood", "keep_output = 128KiB"))
        let order = host.order("flood", sequence: 1)
        _ = try host.run(order)
        // Asked for again, all comes from the disk.
        let answer = try host.run(order)
        let last = try #require(answer.last)
        #expect(last.exitStatus == 0 && last.outputBytes == 14_888_896)
        #expect(answer.text.hasPrefix("1\n2\n3\n") && answer.text.hasSuffix("\n1999999\n2000000\n"))
        #expect(answer.output.count == (256 + 128) << 10 && answer.gaps == 1)
        #expect(last.droppedBytes == last.outputBytes - UInt64(answer.output.count))
    }

    @Test func `goes on without its courier, and without its runner is unknown and never started again`()
        throws
    {
        let host = try ActionHost()
        try host.script("slow.sh", "echo run >> $HERE/runs; touch $HERE/began-$1; sleep $1; echo done")
        try host.configure(
            "[action slow]\nabout = x\nrun = $/slow.sh {s}\nparam.s = int 1..60\ntimeout = 30s\ngrace = 0s\n")
        let order = host.order("slow", ["s": "1"], sequence: 1)
        let courier = try host.start(order)
        #expect(Eventually.holds { FileManager.default.fileExists(atPath: host.path("began-1")) })
        kill(courier, SIGKILL)
        waitpid(courier, nil, 0)
        let answer = try host.run(order)
        #expect(answer.states == [.started, .ended] && answer.text == "done\n")

        let second = host.order("slow", ["s": "40"], sequence: 2)
        let other = try host.start(second)
        #expect(Eventually.holds { FileManager.default.fileExists(atPath: host.path("began-40")) })
        let script = try #require(host.processes(of: second.id).min())
        kill(other, SIGKILL)
        waitpid(other, nil, 0)
        kill(try parent(of: script), SIGKILL)
        let unknown = try host.run(second)
        #expect(unknown.last?.state == .unknown, "\(unknown.reports)")
        #expect(unknown.last?.text.contains("was killed") == true)
        #expect(host.processes(of: second.id) == [])
        #expect(try host.run(second).last?.state == .unknown)
        #expect(host.text("runs") == "run\nrun\n")
    }

    @Test func `is started at most once, whenever whoever is killed`() throws {
        let host = try ActionHost()
        try host.script("count.sh", "echo $MARTLET_ACTION_ID >> $HERE/runs; sleep 0.02")
        try host.configure(section("count") + "[agent]\naudit = none\n")
        var random = SeededRandom(seed: 20)
        let rounds = 60
        for round in 1...rounds {
            let order = host.order("count", sequence: UInt64(round))
            let courier = try host.start(order)
            // Any moment of its work may be the last.
            _ = poll(nil, 0, Int32.random(in: 0...15, using: &random))
            kill(courier, SIGKILL)
            waitpid(courier, nil, 0)
            if Bool.random(using: &random) { for pid in host.processes(of: order.id) { kill(pid, SIGKILL) } }
            let end = try host.run(order).last
            #expect(
                end?.state == .ended || end?.state == .unknown, "round \(round): \(String(describing: end))")
        }
        let runs = host.text("runs").split(separator: "\n")
        #expect(Set(runs).count == runs.count && runs.count <= rounds)
    }

    @Test func `hands a parameter's value over as one word, whatever it is, or not at all`() throws {
        let host = try ActionHost()
        try host.script("words.sh", "printf '%s\\0' \"$@\"; test ! -e $HERE/canary")
        try host.configure(
            "[action words]\nabout = x\nrun = $/words.sh {v} a{w}b --x={v}{w}\nparam.v = version\nparam.w = word\n"
        )
        var random = SeededRandom(seed: 7)
        let alphabet = Array("aZ0._+-$`;|&<>(){}[]*?~ '\"\\\n\t\u{0}\u{e9}=")
        for round in 1...40 {
            let values = (0..<2).map { _ in
                // Half of them such as are taken, so that both verdicts are met.
                let letters = Bool.random(using: &random) ? Array("aZ0._") : alphabet
                return String(
                    (0..<Int.random(in: 1...9, using: &random)).compactMap { _ in
                        letters.randomElement(using: &random)
                    })
            }
            let isTaken =
                try ActionParameter("version").takes(values[0]) && ActionParameter("word").takes(values[1])
            let answer = try host.run(
                host.order("words", ["v": values[0], "w": values[1]], sequence: UInt64(round)))
            #expect(answer.last?.state == (isTaken ? .ended : .refused), "\(values)")
            guard isTaken else { continue }
            let expected = [values[0], "a\(values[1])b", "--x=\(values[0])\(values[1])"]
            #expect(answer.text == expected.map { "\($0)\u{0}" }.joined())
            #expect(answer.last?.exitStatus == 0)
        }
    }
}
