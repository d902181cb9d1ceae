import Foundation
import Telemetry
import Wire

/// What following logs costs while they grow: one at 50,000 lines a second, and ten of ten thousand.
struct TailBench {
    let agent: String
    /// Length of one measurement.
    let windowSeconds: Double

    private static let linesPerSecond = 50_000
    private static let writesPerSecond = 50

    func rows() throws -> [Row] {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "martlet-tail-\(UUID().uuidString)"
        )
        .path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try busyLog(in: folder) + manyLogs(in: folder)
    }

    // MARK: One log that grows fast

    private func busyLog(in folder: String) throws -> [Row] {
        let path = "\(folder)/access.log"
        _ = try AccessLog.write(1_000_000, of: .timed, to: path)
        let ours = try stream(["--log", "shop=\(path)"])
        let idle = try stream([])
        var peers: [(name: String, child: Child)] = []
        if let tail = try? Child(["sh", "-c", "exec tail -n 0 -F \"$0\" >/dev/null", path]) {
            peers.append(("tail -F", tail))
        }
        if let mtail = try? Child([
            "mtail", "--progs", try LogsBench.mtailProgram(in: folder), "--logs", path, "--address",
            "127.0.0.1",
            "--port", "0", "--logtostderr",
        ]) {
            peers.append(("mtail", mtail))
        }
        var received = ours.read(seconds: 4).flatMap(\.bytes)
        let before = (ours.cpuNanoseconds, idle.cpuNanoseconds, peers.map(\.child.cpuNanoseconds))
        let written = try grow(path) { received += ours.read(seconds: 0.001).flatMap(\.bytes) }
        received += ours.read(seconds: 2.5).flatMap(\.bytes)
        let lines = Double(written.last?.lines ?? 0)
        let cost = Double(ours.cpuNanoseconds - before.0) / 1e6 - Double(idle.cpuNanoseconds - before.1) / 1e6

        let followed = try Followed(received, written)
        let what = "following a log at 50,000 lines a second"
        var rows = [
            Row("\(what), CPU per 1,000 lines", "martlet-agent", "ms", cost / lines * 1000, goal: 0.3),
            Row(
                "\(what), share of a core", "martlet-agent", "%", cost / (windowSeconds * 1000) * 100,
                goal: 1.5),
            Row("\(what), longest lag", "martlet-agent", "s", followed.lagSeconds, goal: 1.1),
            Row("\(what), lines miscounted", "martlet-agent", "", abs(lines - followed.requests), goal: 0),
        ]
        for (peer, start) in zip(peers, before.2) {
            let used = Double(peer.child.cpuNanoseconds - start) / 1e6
            rows.append(Row("\(what), CPU per 1,000 lines", peer.name, "ms", used / lines * 1000))
        }
        return rows
    }

    private struct Written {
        let milliseconds: Int64
        /// Lines that were in the log by then, since the measurement began.
        let lines: Int
    }

    /// Appends to the log evenly for the window; what was there when.
    private func grow(_ path: String, between: () -> Void) throws -> [Written] {
        guard let file = FileHandle(forWritingAtPath: path) else { throw BenchError("\(path) is gone") }
        defer { try? file.close() }
        try file.seekToEnd()
        var log = AccessLog(.timed, seed: 2)
        let blocks = (0..<50).map { _ in
            var bytes: [UInt8] = []
            for _ in 0..<Self.linesPerSecond / Self.writesPerSecond { log.append(to: &bytes) }
            return Data(bytes)
        }
        var written: [Written] = []
        let begin = Child.now()
        let distance = 1_000_000_000 / UInt64(Self.writesPerSecond)
        for number in 0..<Int(windowSeconds) * Self.writesPerSecond {
            while Child.now() < begin + UInt64(number) * distance {
                between()
                usleep(1000)
            }
            try file.write(contentsOf: blocks[number % blocks.count])
            let lines = (number + 1) * (Self.linesPerSecond / Self.writesPerSecond)
            written.append(Written(milliseconds: Self.wallMilliseconds(), lines: lines))
        }
        return written
    }

    /// What the frames say of the log.
    private struct Followed {
        /// Requests of the last tick, less those before the measurement.
        private(set) var requests = 0.0
        /// The oldest that a line was which a tick had not counted.
        private(set) var lagSeconds = 0.0

        init(_ bytes: [UInt8], _ written: [Written]) throws {
            var decoder = FrameDecoder()
            decoder.append(bytes)
            var counters: [Int32: Double] = [:]
            var before = 0.0
            var names: Set<Int32> = []
            while let message = try decoder.next() {
                switch message {
                case .define(let series):
                    let isRequests = series.definition.key.name == "martlet_http_requests_total"
                    if isRequests { names.insert(series.index) }
                case .tick(let tick):
                    for sample in tick.samples where names.contains(sample.index) {
                        counters[sample.index] = sample.value
                    }
                    let all = counters.values.reduce(0, +)
                    // What the log held before the measurement is not ours.
                    if tick.time.milliseconds < written.first?.milliseconds ?? 0 { before = all }
                    requests = all - before
                    let missing = written.first {
                        Double($0.lines) > requests && $0.milliseconds <= tick.time.milliseconds
                    }
                    if let missing {
                        let lag = Double(tick.time.milliseconds - missing.milliseconds) / 1000
                        lagSeconds = max(lagSeconds, lag)
                    }
                default: break
                }
            }
        }
    }

    // MARK: Many logs

    private func manyLogs(in folder: String) throws -> [Row] {
        let logs = "\(folder)/many"
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        var log = AccessLog(.timed, seed: 3)
        var line: [UInt8] = []
        for _ in 0..<5 { log.append(to: &line) }
        for number in 0..<10_000 {
            _ = FileManager.default.createFile(atPath: "\(logs)/\(number).log", contents: Data(line))
        }
        let ours = try stream(["--log", "many=\(logs)/*.log"])
        let idle = try stream([])
        // The first look at everything is not what is measured.
        _ = ours.read(seconds: 20)
        let before = (ours.cpuNanoseconds, idle.cpuNanoseconds)
        var most = 0
        let begin = Child.now()
        while Child.now() < begin + UInt64(windowSeconds * 1e9) {
            for number in 0..<10 {
                guard let file = FileHandle(forWritingAtPath: "\(logs)/\(number * 997).log") else { continue }
                try file.seekToEnd()
                try file.write(contentsOf: Data(line))
                try file.close()
            }
            _ = ours.read(seconds: 0.1)
            most = max(most, Self.descriptors(of: ours) - Self.descriptors(of: idle))
        }
        let cost = Double(ours.cpuNanoseconds - before.0) - Double(idle.cpuNanoseconds - before.1)
        let what = "following 10,000 logs of which 10 grow"
        return [
            Row(
                "\(what), share of a core", "martlet-agent", "%", cost / 1e9 / windowSeconds * 100, goal: 0.5),
            Row("\(what), open descriptors for them", "martlet-agent", "", Double(most), goal: 100),
        ]
    }

    private static func descriptors(of child: Child) -> Int {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(child.pid)/fd")) ?? []).count
    }

    private func stream(_ arguments: [String]) throws -> Child {
        try Child([agent, "stream", "--interval", "1s", "--processes", "0"] + arguments)
    }

    private static func wallMilliseconds() -> Int64 {
        Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
    }
}
