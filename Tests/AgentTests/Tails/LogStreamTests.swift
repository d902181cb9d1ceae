import Foundation
import Glibc
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `Streams that follow logs` {
    /// What a stream's file tells so far.
    private struct Told {
        private(set) var values: [SeriesKey: Double] = [:]
        private(set) var histograms: [SeriesKey: ExponentialHistogram] = [:]
        private(set) var events: [WireEvent] = []
        /// What they rose by in late ticks, and in others.
        private(set) var lateRise = 0.0
        private(set) var rise = 0.0
        private(set) var lateTicks = 0
        /// The most late ticks that follow each other without one of the moment.
        private(set) var lateTicksInARow = 0

        init(_ path: String) throws {
            var decoder = FrameDecoder()
            decoder.append(Array(try Data(contentsOf: URL(filePath: path))).span)
            var names: [Int32: SeriesKey] = [:]
            var inARow = 0
            while let message = try decoder.next() {
                switch message {
                case .define(let series): names[series.index] = series.definition.key
                case .retire(let index): names[index] = nil
                case .tick(let tick):
                    let before = requests
                    for sample in tick.samples {
                        if let name = names[sample.index] { values[name] = sample.value }
                    }
                    if tick.isLate {
                        lateTicks += 1
                        inARow += 1
                        lateTicksInARow = max(lateTicksInARow, inARow)
                        lateRise += requests - before
                    } else {
                        rise += requests - before
                        inARow = 0
                    }
                case .histogram(let index, let histogram):
                    if let name = names[index] { histograms[name] = histogram }
                case .event(let event): events.append(event)
                default: break
                }
            }
        }

        func sum(_ name: String) -> Double {
            values.filter { $0.key.name == name }.values.reduce(0, +)
        }

        var requests: Double { sum("martlet_http_requests_total") }
    }

    /// A log, and streams that follow it one after the other.
    private final class Bench {
        let agent: String
        let folder: TemporaryFolder
        let log: String
        let state: String
        private var streams = 0
        private(set) var written = 0

        init() throws {
            agent = try #require(Program.built("martlet-agent"))
            folder = try TemporaryFolder()
            log = folder.url.path + "/access.log"
            state = folder.url.path + "/state"
            try Data().write(to: URL(filePath: log))
        }

        func write(_ count: Int, status: Int = 200, ago seconds: Int = 0) throws {
            var text = ""
            let now = Self.stamp(ago: seconds)
            for number in 0..<count {
                text +=
                    "203.0.113.9 - - [\(now)] \"GET /items/\(written + number) HTTP/1.1\" \(status) 12 \"-\" "
                    + "\"curl/8\" 0.250\n"
            }
            written += count
            try append(text)
        }

        func append(_ text: String) throws {
            let file = try FileHandle(forWritingTo: URL(filePath: log))
            try file.seekToEnd()
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
        }

        func rotate() throws {
            for number in stride(from: 8, to: 0, by: -1) {
                rename("\(log).\(number)", "\(log).\(number + 1)")
            }
            rename(log, log + ".1")
            try Data().write(to: URL(filePath: log))
        }

        private static func stamp(ago seconds: Int) -> String {
            var now = time(nil) - seconds
            var parts = tm()
            gmtime_r(&now, &parts)
            var text = [CChar](repeating: 0, count: 64)
            let count = strftime(&text, 64, "%d/%b/%Y:%H:%M:%S +0000", &parts)
            return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        /// Starts a stream, which finds programs in a folder first; its process and where its frames go.
        func start(
            isRecorded: Bool = true, configuration: String? = nil, programs: String? = nil
        ) throws -> (pid: pid_t, path: String) {
            streams += 1
            let path = folder.url.path + "/stream.\(streams)"
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT, 0o600)
            posix_spawn_file_actions_addopen(&actions, 2, path + ".errors", O_WRONLY | O_CREAT, 0o600)
            let words =
                [agent, "stream", "--processes", "0"]
                + (configuration.map { ["--config", $0] } ?? ["--log", "shop=\(log)"])
                + (isRecorded ? ["--state", state] : [])
            var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
            defer { argv.forEach { free($0) } }
            // A test's own threads block signals, and a child would inherit that.
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            var none = sigset_t()
            sigemptyset(&none)
            posix_spawnattr_setsigmask(&attributes, &none)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
            var pid: pid_t = 0
            let path0 = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            var environment: [UnsafeMutablePointer<CChar>?] =
                [strdup("PATH=\(programs.map { $0 + ":" } ?? "")\(path0)"), nil]
            defer { environment.forEach { free($0) } }
            let failure = posix_spawn(&pid, agent, &actions, &attributes, &argv, &environment)
            guard failure == 0 else { throw POSIXError(.init(rawValue: failure) ?? .EIO) }
            return (pid, path)
        }

        @discardableResult
        func end(_ pid: pid_t, by signal: Int32) -> Int32 {
            kill(pid, signal)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            return status
        }
    }

    @Test func `are killed and started again, and count each line once`() throws {
        let bench = try Bench()
        for round in 0..<4 {
            let (pid, path) = try bench.start()
            defer { bench.end(pid, by: SIGKILL) }
            try bench.write(500 + round)
            if round % 2 == 1 { try bench.rotate() }
            try bench.write(100)
            let truth = Double(bench.written)
            #expect(Eventually.holds(within: 20) { (try? Told(path))?.requests == truth }, "round \(round)")
            // Counted, perhaps told, and not for long enough to be sure that it was saved.
            try bench.write(300)
            if round % 2 == 0 {
                #expect(Eventually.holds(within: 20) { (try? Told(path))?.requests ?? 0 > truth })
            }
            bench.end(pid, by: SIGKILL)
            // Nobody follows meanwhile.
            try bench.write(50, status: 502)
            try bench.rotate()
            try bench.write(7)
        }
        let (pid, path) = try bench.start()
        defer { bench.end(pid, by: SIGKILL) }
        let truth = Double(bench.written)
        #expect(Eventually.holds(within: 20) { (try? Told(path))?.requests == truth }, "\(truth)")
        let told = try Told(path)
        // What nobody followed is told of its own time: no rate of this moment rises by it.
        #expect(told.lateRise == truth && told.rise == 0)
        let durations = told.histograms.filter { $0.key.name == "martlet_http_request_duration_seconds" }
            .values
        #expect(durations.reduce(0) { $0 + $1.count } == UInt64(bench.written))
        #expect(durations.reduce(0) { $0 + $1.sum } == truth * 0.25)
        #expect(told.sum("martlet_log_lost_bytes_total") == 0)
        #expect(told.events.contains { $0.kind == "error-sample" && $0.labels["code"] == "502" })
        #expect(bench.end(pid, by: SIGTERM) == 0)
        #expect(FileManager.default.fileExists(atPath: bench.state + "/checkpoint"))
    }

    @Test func `tell of a line in an unknown form, where it does not fit and what comes near`() throws {
        let bench = try Bench()
        try bench.write(20)
        let (pid, path) = try bench.start()
        defer { bench.end(pid, by: SIGKILL) }
        #expect(Eventually.holds(within: 20) { (try? Told(path))?.requests == 20 })
        let line = "203.0.113.9 - - [10/Oct/2030:13:55:36 +0000] \"GET / HTTP/1.1\" OK 12"
        try bench.append(line + "\n")
        let find = { (try? Told(path))?.events.first { $0.kind == "unread-line" } }
        #expect(Eventually.holds(within: 20) { find() != nil })
        let event = try #require(find())
        #expect(
            event.text == line && event.labels["service"] == "shop" && event.labels["reason"] == "mismatch")
        #expect(event.labels["fit"].flatMap(Int.init) == line.utf8.count - "OK 12".utf8.count)
        #expect(event.labels["nearest"]?.contains("nginx") == true)
        #expect(bench.end(pid, by: SIGTERM) == 0)
    }

    @Test func `without a state folder count what is written while they run`() throws {
        let bench = try Bench()
        try bench.write(40)
        // What was born in the same hundredth of a second as the stream would be read from its beginning.
        poll(nil, 0, 50)
        let (pid, path) = try bench.start(isRecorded: false)
        defer { bench.end(pid, by: SIGKILL) }
        #expect(Eventually.holds(within: 20) { (try? Told(path))?.sum("martlet_log_rotations_total") == 0 })
        try #require(
            Eventually.holds(within: 20) {
                (try? Told(path))?.values.keys.contains { $0.name == "martlet_log_lag_bytes" } == true
            })
        #expect((try? Told(path))?.sum("martlet_log_files") == 1)
        #expect((try? Told(path))?.sum("martlet_log_unreadable_files") == 0)
        try bench.write(25)
        try bench.rotate()
        try bench.write(15)
        #expect(Eventually.holds(within: 20) { (try? Told(path))?.requests == 40 })
        #expect(bench.end(pid, by: SIGTERM) == 0)
    }

    @Test(arguments: [true, false])
    func `read agent.conf again on SIGHUP, whole or not at all`(_ isRecorded: Bool) throws {
        let bench = try Bench()
        let file = bench.folder.url.appending(path: "agent.conf")
        let second = bench.folder.url.appending(path: "second.log")
        try Data().write(to: second)
        let before = "[log shop]\npath = \(bench.log)\nstart = end\n"
        try Data(before.utf8).write(to: file)
        poll(nil, 0, 50)
        let (pid, path) = try bench.start(isRecorded: isRecorded, configuration: file.path)
        defer { bench.end(pid, by: SIGKILL) }
        let errors = { (try? String(contentsOfFile: path + ".errors", encoding: .utf8)) ?? "" }
        let files = { (count: Double) in
            Eventually.holds(within: 20) { (try? Told(path))?.sum("martlet_log_files") == count }
        }
        #expect(files(1))
        // Wrong, then one that would count otherwise, then one more log.
        try Data((before + "[log second]\npatern = x\n").utf8).write(to: file)
        kill(pid, SIGHUP)
        #expect(
            Eventually.holds { errors().contains("agent.conf:5:1: unknown key \"patern\"") }, "\(errors())")
        try Data((before + "slow = 2s\n").utf8).write(to: file)
        kill(pid, SIGHUP)
        #expect(Eventually.holds { errors().contains("[log shop] changed") }, "\(errors())")
        try Data((before + "# and\n[log second]\npath = second.log\nstart = end\n").utf8).write(to: file)
        kill(pid, SIGHUP)
        #expect(files(2), "\(errors())")
        try bench.write(25)
        try Data(contentsOf: URL(filePath: bench.log)).write(to: second)
        #expect(Eventually.holds(within: 20) { (try? Told(path))?.requests == 50 }, "\(errors())")
        #expect(bench.end(pid, by: SIGTERM) == 0)
    }

    @Test func `are killed while they read an hour back, and count and draw each line once`() throws {
        let bench = try Bench()
        // Reading back may take a quarter of one CPU, and others keep both busy: few lines a second are time enough for the kills.
        for age in stride(from: 3000, to: 0, by: -1) { try bench.write(8, ago: age) }
        let truth = Double(bench.written)
        var random = SeededRandom(seed: 7)
        for _ in 0..<8 {
            let (pid, _) = try bench.start()
            poll(nil, 0, Int32.random(in: 20...900, using: &random))
            bench.end(pid, by: SIGKILL)
        }
        let (pid, path) = try bench.start()
        defer { bench.end(pid, by: SIGKILL) }
        #expect(Eventually.holds(within: 600) { (try? Told(path))?.requests == truth }, "\(truth)")
        let told = try Told(path)
        // What was counted before a kill is where the counters begin.
        #expect(told.lateRise + told.rise == truth)
        bench.end(pid, by: SIGTERM)
        // Once more without having been killed, from nothing.
        let fresh = try bench.start(isRecorded: false)
        defer { bench.end(fresh.pid, by: SIGKILL) }
        #expect(Eventually.holds(within: 600) { (try? Told(fresh.path))?.requests == truth }, "\(truth)")
        let back = try Told(fresh.path)
        #expect(back.lateRise == truth && back.rise == 0)
        #expect(back.lateTicks >= 300)
        // No tick of the moment waited for the hour: each sends a few minutes of it at most.
        #expect(back.lateTicksInARow <= 200)
    }

    /// A stand-in for journalctl that needs a moment for its first entry, and has a thousand bytes of fields with each, as
    /// journald does. The messages are uvicorn's, which say no time.
    private func fakeJournal(in folder: String, entries: Int) throws {
        let now = Int(time(nil)) * 1_000_000
        var text = ""
        for number in 0..<entries {
            text +=
                "__CURSOR=s=1;i=\(number)\n__REALTIME_TIMESTAMP=\(now - (entries - number) * 1_000_000)\n"
                + "_CMDLINE=\(String(repeating: "x", count: 900))\nMESSAGE=INFO:     203.0.113.9:4711 - "
                + "\"GET /items/\(number) HTTP/1.1\" 200 OK\n\n"
        }
        try Data(text.utf8).write(to: URL(filePath: folder + "/entries"))
        try Program.script(
            """
            sleep 1.5
            case "$*" in *--after-cursor=*) ;; *) cat '\(folder)/entries' ;; esac
            while kill -0 $PPID 2> /dev/null; do sleep 1; done
            """, at: folder + "/journalctl")
    }

    @Test(arguments: [true, false])
    func `of a journal draw its last hour where it was, though its lines say no time`(_ isRecorded: Bool)
        throws
    {
        let bench = try Bench()
        let folder = bench.folder.url.path
        try fakeJournal(in: folder, entries: 3000)
        let file = bench.folder.url.appending(path: "agent.conf")
        try Data("[log shop]\njournal = shop.service\n".utf8).write(to: file)
        let (pid, path) = try bench.start(
            isRecorded: isRecorded, configuration: file.path, programs: folder)
        defer { bench.end(pid, by: SIGKILL) }
        #expect(Eventually.holds(within: 30) { (try? Told(path))?.requests == 3000 })
        let told = try Told(path)
        #expect(told.lateRise == 3000 && told.rise == 0, "\(told.lateRise), \(told.rise)")
        #expect(told.lateTicks >= 290)
    }

    @Test func `that may not be read are tried once a second`() throws {
        let bench = try Bench()
        let setpriv = Program.find("setpriv")
        guard getuid() != 0 || setpriv != nil else {
            print("skipped: root may read everything, and setpriv is not there")
            return
        }
        chmod(bench.folder.url.path, 0o755)
        chmod(bench.log, 0)
        let stream =
            "stream --text --no-discover --processes 0 --ticks 5 --log shop=\(bench.log)"
        let words = getuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : ""
        // An input that ends would end it, so one stays open.
        let result = try Program.run(
            "/bin/sh", ["-c", "sleep 6 | \(words)'\(bench.agent)' \(stream)"])
        let counts = result.output.split(separator: "\n").compactMap { line -> Int? in
            guard line.contains("martlet_log_read_errors_total") else { return nil }
            return line.split(separator: " ").last.flatMap { Int($0) }
        }
        guard result.output.contains(" tick 5 ") else {
            print("skipped: nobody may not run the agent here: \(result.errors)")
            return
        }
        // At its first sight twice: where to begin, and to read.
        #expect(counts.last.map { (1...7).contains($0) } ?? false, "\(counts)")
    }

    @Test func `that come second at a state folder join the first, and count nothing`() throws {
        let bench = try Bench()
        let (pid, path) = try bench.start()
        defer { bench.end(pid, by: SIGKILL) }
        #expect(Eventually.holds(within: 20) { (try? Told(path))?.values.isEmpty == false })
        let second = try Program.run(
            bench.agent, ["stream", "--processes", "0", "--log", "shop=\(bench.log)", "--state", bench.state])
        #expect(second.status == 0, "\(second.errors)")
        try bench.write(25)
        let truth = Double(bench.written)
        #expect(Eventually.holds(within: 20) { (try? Told(path))?.requests == truth }, "\(truth)")
    }
}
