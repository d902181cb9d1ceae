import Foundation

/// What one sample costs: CPU, memory, system calls and bytes of the agent as a program, beside its peers.
struct AgentBench {
    let agent: String
    /// Length of one window; each figure is the median of three.
    let windowSeconds: Double

    private static let windows = 3

    func rows() throws -> [Row] {
        var rows = try withoutProcesses()
        rows += try Crowd.fill(to: 590) { try withProcesses($0) }
        rows += try memory()
        rows += try systemCalls()
        rows.append(
            Row("agent binary, static and stripped", "martlet-agent", "MB", try megabytes(of: agent), goal: 9)
        )
        return rows
    }

    /// CPU per tick of the priority-1 set, with the process scan off, while the peers sample in turns.
    private func withoutProcesses() throws -> [Row] {
        let what = "agent CPU per tick, no process scan"
        let ours = try Child([agent, "stream", "--interval", "1s", "--processes", "0"])
        let peers = Collectors.installed()
        _ = ours.read(seconds: 12)
        var oursPerTick: [Double] = []
        var bytes: [Double] = []
        var perSample = peers.map { _ in [Double]() }
        for _ in 0..<Self.windows {
            let before = ours.cpuNanoseconds
            let began = Child.now()
            var samples = 1.0
            if peers.isEmpty { _ = ours.read(seconds: windowSeconds) }
            for (place, peer) in peers.enumerated() {
                let peerBefore = peer.child.cpuNanoseconds
                samples = peer.sample(seconds: windowSeconds)
                perSample[place].append(Double(peer.child.cpuNanoseconds - peerBefore) / 1e6 / samples)
            }
            let ticks = (Double(Child.now() - began) / 1e9).rounded()
            oursPerTick.append(Double(ours.cpuNanoseconds - before) / 1e6 / ticks)
            bytes.append(Double(ours.read(seconds: 0.01).reduce(0) { $0 + $1.bytes.count }) / ticks)
        }
        var rows = [Row(what, "martlet-agent", "ms", median(oursPerTick), goal: 0.7)]
        for (peer, values) in zip(peers, perSample) {
            rows.append(Row(what, peer.name, "ms", median(values)))
        }
        if let place = peers.firstIndex(where: { $0 is NodeExporter }) {
            let ratios = zip(oursPerTick, perSample[place]).map { $0 / $1 }
            rows.append(
                Row(
                    "agent CPU per tick, as a share of node_exporter's", "martlet-agent", "", median(ratios),
                    goal: 0.07))
        }
        rows.append(
            Row(
                "bytes per tick as this machine moves, no process scan", "martlet-agent", "B", median(bytes),
                goal: 700))
        for case let exporter as NodeExporter in peers {
            rows.append(
                Row(
                    "bytes per tick as this machine moves, no process scan", exporter.name, "B",
                    Double(exporter.scrapeBytes)))
        }
        return rows
    }

    /// The same with the process scan on.
    private func withProcesses(_ count: Int) throws -> [Row] {
        let what = "agent CPU per tick, process top-N, \(count) processes"
        let ours = try Child([agent, "stream", "--interval", "1s"])
        let peer = try? Collectd()
        _ = ours.read(seconds: 8)
        var perTick: [Double] = []
        var peerPerTick: [Double] = []
        for _ in 0..<Self.windows {
            let before = (ours.cpuNanoseconds, peer?.child.cpuNanoseconds ?? 0)
            let began = Child.now()
            _ = ours.read(seconds: windowSeconds)
            let ticks = Double(Child.now() - began) / 1e9
            perTick.append(Double(ours.cpuNanoseconds - before.0) / 1e6 / ticks)
            if let peer { peerPerTick.append(Double(peer.child.cpuNanoseconds - before.1) / 1e6 / ticks) }
        }
        var rows = [Row(what, "martlet-agent", "ms", median(perTick), goal: 2)]
        if let peer { rows.append(Row(what, peer.name, "ms", median(peerPerTick))) }
        return rows
    }

    private func memory() throws -> [Row] {
        // A copy: pages of a file just linked are shared with the page cache in other ways.
        let copy = FileManager.default.temporaryDirectory.appending(
            path: "martlet-agent-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(filePath: agent), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        let ours = try Child([copy.path, "stream", "--interval", "1s"])
        let peer = try? NodeExporter()
        _ = ours.read(seconds: 15)
        var rows = [
            Row("agent anonymous memory", "martlet-agent", "MiB", memory("RssAnon", ours.pid), goal: 1.2),
            Row("agent resident memory", "martlet-agent", "MiB", memory("VmRSS", ours.pid), goal: 4.5),
        ]
        if let peer {
            _ = peer.sample(seconds: 5)
            rows += [
                Row("agent anonymous memory", peer.name, "MiB", memory("RssAnon", peer.child.pid)),
                Row("agent resident memory", peer.name, "MiB", memory("VmRSS", peer.child.pid)),
            ]
        }
        return rows
    }

    /// Counts with `strace -c`, as the difference of a long and a short run, so that the start does not count.
    private func systemCalls() throws -> [Row] {
        let what = "system calls per tick, no process scan"
        let short = try calls(ticks: 5)
        let long = try calls(ticks: 65)
        guard let short, let long else { return [Row(what, "martlet-agent", "", .nan, goal: 80)] }
        return [Row(what, "martlet-agent", "", Double(long - short) / 60, goal: 80)]
    }

    /// System calls of a whole run, its helpers included; nil without strace.
    private func calls(ticks: Int) throws -> Int? {
        let report = FileManager.default.temporaryDirectory.appending(path: "strace-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: report) }
        guard
            let traced = try? Child([
                "strace", "-f", "-c", "-o", report.path, agent, "stream", "--interval", "1s", "--processes",
                "0",
                "--ticks", "\(ticks)",
            ])
        else { return nil }
        _ = traced.read(seconds: Double(ticks) + 10)
        let text = (try? String(contentsOf: report, encoding: .utf8)) ?? ""
        let total = text.split(separator: "\n").last { $0.hasSuffix("total") }
        return total?.split(separator: " ").dropFirst(3).first.flatMap { Int($0) }
    }

    private func memory(_ field: String, _ pid: Int32) -> Double {
        Double(ProcessTree.memoryKiB(field, of: [pid])) / 1024
    }

    private func megabytes(of path: String) throws -> Double {
        Double(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0) / 1e6
    }
}
