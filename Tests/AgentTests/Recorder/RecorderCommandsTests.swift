import Agent
import Foundation
import Glibc
import Telemetry
import TestSupport
import Testing
import Wire

/// `run`, `once`, `stream` and `replay` as processes that share a folder.
@Suite(
    .serialized, .timeLimit(.minutes(5)),
    .enabled(if: Program.built("martlet-agent") != nil, "martlet-agent was not built"))
struct `The recorder's commands` {
    private static let requests = "martlet_http_requests_total"

    private struct World {
        let folder: TemporaryFolder
        let log: String
        let state: String
        private(set) var written = 0

        init() throws {
            folder = try TemporaryFolder()
            log = folder.url.path + "/access.log"
            state = folder.url.path + "/state"
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }

        var flags: [String] { ["--state", state, "--log", "shop=\(log)", "--processes", "0"] }

        /// Requests as nginx notes them, of now.
        mutating func write(_ count: Int) throws {
            let stamp = Date().formatted(
                .verbatim(
                    "\(day: .twoDigits)/\(month: .abbreviated)/\(year: .defaultDigits):\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) +0000",
                    locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt,
                    calendar: .init(identifier: .gregorian)))
            let line = "127.0.0.1 - - [\(stamp)] \"GET /items/1 HTTP/1.1\" 200 7 \"-\" \"test\"\n"
            let file = try FileHandle(forWritingTo: URL(filePath: log))
            try file.seekToEnd()
            try file.write(contentsOf: Data(String(repeating: line, count: count).utf8))
            try file.close()
            written += count
        }

        /// When the folder's socket was made: each process makes its own.
        var socketDate: Date? {
            (try? FileManager.default.attributesOfItem(atPath: state + "/socket"))?[.modificationDate]
                as? Date
        }

        var hasSocket: Bool { FileManager.default.fileExists(atPath: state + "/socket") }
    }

    private func stream(_ world: World) throws -> AgentProcess {
        try AgentProcess(["stream", "--state", world.state, "--log", "shop=\(world.log)", "--processes", "0"])
    }

    private func hello() -> [WireMessage] {
        [
            .hello(Hello(program: "test", programVersion: "1", host: "", nonce: 3)),
            .subscribe(Subscription(intervalMilliseconds: 1000, wantsAllProcesses: false)),
        ]
    }

    @Test func `of one folder count each request once, whichever is killed and whenever`() throws {
        let seed =
            ProcessInfo.processInfo.environment["MARTLET_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 1...9999)
        var random = SeededRandom(seed: seed)
        var world = try World()
        try world.write(5)
        // Each process begins where the one before was killed.
        for _ in 0..<14 {
            let command = ["run", "once", "stream"][Int.random(in: 0..<3, using: &random)]
            let agent = try AgentProcess([command] + world.flags)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                try world.write(Int.random(in: 0...40, using: &random))
                poll(nil, 0, Int32.random(in: 20...250, using: &random))
                try agent.read()
            }
            agent.kill(Bool.random(using: &random) ? SIGKILL : SIGTERM)
        }
        try world.write(7)
        let last = try stream(world)
        #expect(
            try last.eventually { last.sum(Self.requests) >= Double(world.written) },
            "\(last.sum(Self.requests)) of \(world.written), seed \(seed)")
        #expect(last.sum(Self.requests) == Double(world.written), "seed \(seed)")
    }

    @Test func `two streams beside a run relay it, a round has nothing to do, and all count the same`() throws
    {
        var world = try World()
        try world.write(3)
        let run = try AgentProcess(["run"] + world.flags)
        #expect(Eventually.holds { world.hasSocket })
        let streams = try (0..<2).map { _ in try stream(world) }
        for agent in streams { agent.send(hello()) }
        for agent in streams { #expect(try agent.eventually { agent.ticks >= 2 }) }
        #expect(streams[0].hellos.first?.nonce == streams[1].hellos.first?.nonce)
        // It does not wait for the run to end.
        #expect(try AgentProcess(["once"] + world.flags).end() == 0)
        try world.write(44)
        for agent in streams {
            #expect(try agent.eventually { agent.sum(Self.requests) == 47 }, "\(agent.sum(Self.requests))")
        }
        // One of them goes, and the other does not notice.
        streams[0].closeInput()
        #expect(streams[0].end() == 0)
        let before = streams[1].ticks
        #expect(try streams[1].eventually { streams[1].ticks > before + 1 })
        Glibc.kill(run.pid, SIGTERM)
        #expect(run.end() == 0)
        #expect(streams[1].end() == 0)
        #expect(!world.hasSocket)
        let next = try stream(world)
        #expect(try next.eventually { next.sum(Self.requests) == 47 })
        #expect(next.hellos.first?.nonce != streams[1].hellos.first?.nonce)
    }

    @Test func `rounds from cron leave a history that a stream replays, whole and in bounded bytes`() throws {
        var world = try World()
        for _ in 0..<3 {
            try world.write(10)
            let round = try AgentProcess(["once"] + world.flags)
            #expect(round.end() == 0)
        }
        let agent = try stream(world)
        agent.send(hello())
        #expect(try agent.eventually { !agent.spans.isEmpty })
        let span = try #require(agent.spans.first)
        #expect(span.to.milliseconds(since: span.from) > 0)
        agent.send([
            .replay(from: span.from.advanced(byMilliseconds: -1), to: span.to, stepMilliseconds: 1000)
        ])
        #expect(try agent.eventually { agent.isPastOver })
        #expect(agent.pastTicks >= 3)
        #expect(agent.past < ReplayCommand.bytesMax)
        #expect(try agent.eventually { agent.sum(Self.requests) == 30 })
        let printed = try Program.run(
            try #require(Program.built("martlet-agent")), ["replay", "--state", world.state, "--text"])
        #expect(printed.status == 0 && printed.output.contains("snapshot"))
        #expect(printed.output.contains("martlet_http_requests_total"))
    }

    @Test func `a stream that finds no folder to write in goes on without one`() throws {
        let agent = try AgentProcess(
            ["stream", "--processes", "0"], environment: ["STATE_DIRECTORY=/proc/self"])
        #expect(try agent.eventually { agent.ticks >= 2 })
        let named = try AgentProcess(["run", "--state", "/proc/self/martlet", "--processes", "0"])
        #expect(named.end() == 73)
    }

    @Test func `a disk with too little free is told, and not filled`() throws {
        var world = try World()
        let configuration = world.folder.url.path + "/agent.conf"
        try "[record]\nkeep_free = 100%\n".write(toFile: configuration, atomically: true, encoding: .utf8)
        try world.write(4)
        let flags = world.flags + ["--config", configuration]
        #expect(try AgentProcess(["once"] + flags).end() == 75)
        let agent = try AgentProcess(["stream"] + flags)
        #expect(try agent.eventually { agent.sum(Self.requests) == 4 })
        #expect(
            try agent.eventually {
                agent.facts?.notApplicable.contains {
                    $0.name == "recorder" && $0.value.contains("keep_free")
                } ?? false
            })
        let segments = try FileManager.default.contentsOfDirectory(atPath: world.state)
            .filter { $0.hasSuffix(".frames") }
        #expect(segments.isEmpty)
    }

    @Test func `a run reads its configuration again on SIGHUP, and follows what is new`() throws {
        var world = try World()
        let configuration = world.folder.url.path + "/agent.conf"
        try "[agent]\nprocesses = 0\n[log a]\npath = \(world.log)\n".write(
            toFile: configuration, atomically: true, encoding: .utf8)
        let run = try AgentProcess(["run", "--state", world.state, "--config", configuration])
        #expect(Eventually.holds { world.hasSocket })
        let other = world.folder.url.path + "/other.log"
        try FileManager.default.copyItem(atPath: world.log, toPath: other)
        try "[agent]\nprocesses = 0\n[log a]\npath = \(world.log)\n[log b]\npath = \(other)\n".write(
            toFile: configuration, atomically: true, encoding: .utf8)
        Glibc.kill(run.pid, SIGHUP)
        try world.write(2)
        try FileManager.default.removeItem(atPath: other)
        try FileManager.default.copyItem(atPath: world.log, toPath: other)
        let agent = try AgentProcess(["stream", "--state", world.state])
        #expect(try agent.eventually { agent.sum(Self.requests) == 4 }, "\(agent.sum(Self.requests))")
        Glibc.kill(run.pid, SIGTERM)
        #expect(run.end() == 0)
    }

    @Test
    func `a run that waits for another's folder outlives SIGHUP, and reads its configuration again then`()
        throws
    {
        var world = try World()
        let configuration = world.folder.url.path + "/agent.conf"
        let text = "[agent]\nprocesses = 0\n[log a]\npath = \(world.log)\n"
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        let flags = ["--state", world.state, "--config", configuration]
        let first = try AgentProcess(["run"] + flags)
        #expect(Eventually.holds { world.hasSocket })
        let second = try AgentProcess(["run"] + flags)
        #expect(Eventually.holds { second.isBlocking(SIGHUP) })
        let other = world.folder.url.path + "/other.log"
        try (text + "[log b]\npath = \(other)\n").write(
            toFile: configuration, atomically: true, encoding: .utf8)
        Glibc.kill(second.pid, SIGHUP)
        try world.write(2)
        try FileManager.default.copyItem(atPath: world.log, toPath: other)
        let socket = world.socketDate
        Glibc.kill(first.pid, SIGTERM)
        #expect(first.end() == 0)
        #expect(Eventually.holds { world.hasSocket && world.socketDate != socket })
        let agent = try AgentProcess(["stream", "--state", world.state])
        #expect(try agent.eventually { agent.sum(Self.requests) == 4 }, "\(agent.sum(Self.requests))")
        Glibc.kill(second.pid, SIGTERM)
        #expect(second.end() == 0)
    }

    @Test func `a run that is told any other change starts anew in its own place, and counts on`() throws {
        var world = try World()
        let configuration = world.folder.url.path + "/agent.conf"
        func configure(_ agent: String, state: String, slow: String) throws {
            try """
            [agent]
            processes = 0
            \(agent)
            [record]
            path = \(state)
            [log a]
            path = \(world.log)
            \(slow)
            """.write(toFile: configuration, atomically: true, encoding: .utf8)
        }
        try configure("", state: world.state, slow: "")
        let run = try AgentProcess(["run", "--config", configuration])
        #expect(Eventually.holds { world.hasSocket })
        try world.write(3)
        let before = try AgentProcess(["stream", "--state", world.state])
        #expect(try before.eventually { before.sum(Self.requests) == 3 })
        try configure("name = shop-7", state: world.state, slow: "slow = 2s")
        Glibc.kill(run.pid, SIGHUP)
        #expect(before.end() == 0, "who reads it is told goodbye, and comes again")
        try world.write(2)
        // The process is the same one, and what it counted is counted on.
        #expect(Eventually.holds { world.hasSocket })
        let after = try AgentProcess(["stream", "--state", world.state])
        #expect(try after.eventually { after.sum(Self.requests) == 5 }, "\(after.sum(Self.requests))")
        #expect(after.hellos.last?.host == "shop-7", "\(after.hellos)")
        // Another folder would be another recorder: it goes on as it is.
        try configure("name = shop-8", state: world.state + "-other", slow: "")
        Glibc.kill(run.pid, SIGHUP)
        try world.write(1)
        #expect(try after.eventually { after.sum(Self.requests) == 6 })
        #expect(!FileManager.default.fileExists(atPath: world.state + "-other"))
        Glibc.kill(run.pid, SIGTERM)
        #expect(run.end() == 0)
    }
}

@Suite struct `An hour of a recorder` {
    /// Ticks as a middling server has them: some 600 series, of which 150 move each second.
    private func record(_ folder: String, seconds: Int64, end: Timestamp) throws {
        let start = end.advanced(byMilliseconds: -seconds * 1000)
        func moment(_ second: Int64) -> TickTime {
            TickTime(
                wall: start.advanced(byMilliseconds: second * 1000),
                bootNanoseconds: UInt64(second + 100) * 1_000_000_000)
        }
        let recorder = try Recorder(
            RecorderOptions(folder: folder), disk: LinuxDisk(), now: moment(0), newLedger: 5)
        var encoder = SampleEncoder()
        let group = encoder.addGroup("stat")
        for slot in 0..<600 {
            encoder.define(
                SeriesDefinition(SeriesKey("node_metric_\(slot % 40)_total", ["cpu": "\(slot)"]), .counter),
                slot: slot, group: group)
        }
        var values = [Int64](repeating: 0, count: 600)
        var random = SeededRandom(seed: 11)
        for second in 1...seconds {
            for _ in 0..<150 {
                values[Int.random(in: 0..<600, using: &random)] += Int64.random(
                    in: 1...90_000, using: &random)
            }
            encoder.beginTick(
                at: moment(second).wall, bootMilliseconds: second * 1000, isSnapshot: second % 60 == 1)
            encoder.append(group: group, values: values.span, ageMilliseconds: 1)
            encoder.endTick()
            let frames = encoder.drain { $0.withUnsafeBufferPointer { Array($0) } }
            recorder.append(
                frames, opening: second == 1 ? FrameEncoder.frame(.goodbye(reason: "")) : nil,
                isSnapshot: second % 60 == 1, at: moment(second))
            if second % 60 == 0 { recorder.tick(at: moment(second)) }
        }
        recorder.flush(at: moment(seconds))
    }

    @Test func `is drawn after a MiB at most: its last minutes by the second, what came before by ten`()
        throws
    {
        let folder = try TemporaryFolder()
        let state = folder.url.path + "/state"
        let end = Timestamp(milliseconds: 1_795_632_000_000)
        try record(state, seconds: 3600, end: end)
        let reader = RecorderReader(folder: state, disk: LinuxDisk())
        let border = end.advanced(byMilliseconds: -600_000)
        let recent = ReplayCommand.frames(of: reader, from: border, to: end, stepMilliseconds: 1000)
        let hour = ReplayCommand.frames(
            of: reader, from: end.advanced(byMilliseconds: -3_600_000), to: border, stepMilliseconds: 10_000)
        #expect(recent.count + hour.count <= 1 << 20)
        print("the last hour of 600 series: \(recent.count) and \(hour.count) bytes")
        func ticks(_ frames: [UInt8]) throws -> Int {
            var decoder = FrameDecoder()
            decoder.append(frames)
            var count = 0
            while let message = try decoder.next() { if case .tick = message { count += 1 } }
            return count
        }
        #expect(try ticks(recent) >= 300)
        #expect(try ticks(hour) >= 100)
    }
}
