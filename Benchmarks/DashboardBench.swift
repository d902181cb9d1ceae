import Foundation
import TestSupport

/// What a full-screen program costs on a 160x48 terminal: CPU and bytes a refresh, first paint, key to repaint.
struct DashboardBench {
    let martlet: String
    let windowSeconds: Double

    private static let size: (columns: UInt16, rows: UInt16) = (160, 48)
    private static let screenKeys = ["Host": "3", "Fleet": "1"]

    func rows() throws -> [Row] {
        var rows = try ours()
        for (name, command) in [
            ("htop", ["htop", "-d", "10"]), ("btop", ["btop"]), ("nmon", ["nmon"]),
        ] where Program.find(name) != nil {
            rows += try peer(name, command)
        }
        return rows
    }

    /// The dashboard with a hub and an agent of its own, in folders of its own.
    private func ours() throws -> [Row] {
        let world = try TemporaryFolder()
        let mark = "MARTLET_BENCH_WORLD=\(world.url.path)"
        defer { endAll(mark) }
        let cold = try start(world, mark)
        let coldChunks = cold.read(seconds: 4)
        let liveAt = firstTime(coldChunks, from: cold) { $0.contains("CPU") && $0.contains("%") }
        let coldPaint = firstPaint(coldChunks, from: cold)

        let others = ProcessTree.withEnvironment(mark).filter { $0 != cold.pid }
        var rows = refresh("Host", who: "martlet", child: cold, goal: 2.5, bytesGoal: 2000)
        let before = Double(ProcessTree.cpuNanoseconds(of: others + [cold.pid]))
        let began = Child.now()
        _ = cold.read(seconds: windowSeconds)
        let all = (Double(ProcessTree.cpuNanoseconds(of: others + [cold.pid])) - before) / 1e6
        rows.append(
            Row(
                "CPU per 1 s refresh, Host 160x48, all processes", "dashboard, hub and agent", "ms",
                all / (Double(Child.now() - began) / 1e9), goal: 6))
        rows += keyLatency(cold, who: "martlet", key: "j", goal: 5)
        cold.write(Self.screenKeys["Fleet"] ?? "1")
        _ = cold.read(seconds: 3)
        rows += refresh("Fleet", who: "martlet", child: cold, goal: nil, bytesGoal: 600)

        let warm = try start(world, mark)
        let warmPaint = firstPaint(warm.read(seconds: 4), from: warm)
        rows += [
            Row("first full paint, hub running", "martlet", "ms", warmPaint, goal: 80),
            Row("first full paint, hub not yet running", "martlet", "ms", coldPaint, goal: 250),
            Row("start to live data", "martlet", "ms", liveAt, goal: 1200),
        ]
        return rows
    }

    private func peer(_ name: String, _ command: [String]) throws -> [Row] {
        let home = try TemporaryFolder()
        let child = try Child(
            command, terminal: Self.size,
            environment: [
                "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": home.url.path, "NMON": "cmdnt",
            ])
        let paint = firstPaint(child.read(seconds: 4), from: child)
        var rows = refresh("Host", who: name, child: child, goal: nil, bytesGoal: nil)
        rows += keyLatency(child, who: name, key: "\u{1B}[B", goal: nil)
        rows.append(Row("first full paint", name, "ms", paint))
        return rows
    }

    private func start(_ world: TemporaryFolder, _ mark: String) throws -> Child {
        let root = world.url.path
        for folder in ["run", "state", "home"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(folder)", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        return try Child(
            [martlet], terminal: Self.size,
            environment: [
                "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": "\(root)/home",
                "XDG_RUNTIME_DIR": "\(root)/run",
                "XDG_STATE_HOME": "\(root)/state", "MARTLET_BENCH_WORLD": root,
            ])
    }

    /// CPU and bytes of one refresh a second, as medians of three windows.
    private func refresh(_ screen: String, who: String, child: Child, goal: Double?, bytesGoal: Double?)
        -> [Row]
    {
        let windows = (0..<3).map { _ -> (cpu: Double, bytes: Double) in
            let before = ProcessTree.cpuNanoseconds(of: [child.pid])
            let began = Child.now()
            let chunks = child.read(seconds: windowSeconds)
            let seconds = Double(Child.now() - began) / 1e9
            let cpu = Double(ProcessTree.cpuNanoseconds(of: [child.pid]) - before) / 1e6 / seconds
            return (cpu, Double(chunks.reduce(0) { $0 + $1.bytes.count }) / seconds)
        }
        return [
            Row("CPU per 1 s refresh, \(screen) 160x48", who, "ms", median(windows.map(\.cpu)), goal: goal),
            Row(
                "bytes per refresh, \(screen) 160x48", who, "B", median(windows.map(\.bytes)), goal: bytesGoal
            ),
        ]
    }

    private func keyLatency(_ child: Child, who: String, key: String, goal: Double?) -> [Row] {
        var latencies: [Double] = []
        for press in 0..<100 {
            _ = child.read(seconds: 0.03)
            let pressed = Child.now()
            child.write(press % 20 < 10 ? key : (key == "j" ? "k" : "\u{1B}[A"))
            let answer = child.read(seconds: 1) { !$0.isEmpty }
            if let first = answer.first { latencies.append(Double(first.nanoseconds - pressed) / 1e6) }
        }
        return [
            Row("key to repaint, median", who, "ms", median(latencies)),
            Row("key to repaint, p99 of 100", who, "ms", quantile(latencies, 0.99), goal: goal),
        ]
    }

    /// Milliseconds until the screen first held 80 % of the cells that it holds at the end.
    private func firstPaint(_ chunks: [Child.Chunk], from child: Child) -> Double {
        let last = filledCells(chunks)
        var parser = VTParser(width: Int(Self.size.columns), height: Int(Self.size.rows))
        for chunk in chunks {
            parser.feed(chunk.bytes)
            if Double(parser.filledCells) >= 0.8 * Double(last) {
                return Double(chunk.nanoseconds - child.startedNanoseconds) / 1e6
            }
        }
        return .nan
    }

    private func filledCells(_ chunks: [Child.Chunk]) -> Int {
        var parser = VTParser(width: Int(Self.size.columns), height: Int(Self.size.rows))
        for chunk in chunks { parser.feed(chunk.bytes) }
        return parser.filledCells
    }

    /// Milliseconds until the screen's text first satisfied `condition`.
    private func firstTime(_ chunks: [Child.Chunk], from child: Child, _ condition: (String) -> Bool)
        -> Double
    {
        var parser = VTParser(width: Int(Self.size.columns), height: Int(Self.size.rows))
        for chunk in chunks {
            parser.feed(chunk.bytes)
            if condition(parser.lines.joined(separator: "\n")) {
                return Double(chunk.nanoseconds - child.startedNanoseconds) / 1e6
            }
        }
        return .nan
    }

    private func endAll(_ mark: String) {
        for pid in ProcessTree.withEnvironment(mark) { kill(pid, SIGTERM) }
    }
}
