import Foundation

/// What one sample costs: CPU, memory, system calls and bytes of the agent, beside node_exporter.
struct AgentBench {
    let agent: String
    /// Length of one window; each figure is the median of three.
    let windowSeconds: Double

    func rows() throws -> [Row] {
        var rows = try withoutProcesses()
        rows += try withProcesses(490)
        rows += try memory()
        rows += try systemCalls()
        rows.append(Row("agent binary", "martlet-agent", "MB", Double(try size(of: agent)) / 1e6, goal: 9))
        return rows
    }

    /// CPU per tick of the priority-1 set, with the process scan off, and node_exporter scraped once a second beside it.
    private func withoutProcesses() throws -> [Row] {
        let what = "agent CPU per tick, no process scan"
        let ours = try Child([agent, "stream", "--interval", "1s", "--processes", "0"])
        let peer = try? NodeExporter()
        _ = ours.read(seconds: 3)
        var windows: [(ours: Double, peer: Double, bytes: Double)] = []
        for _ in 0..<3 {
            let before = (cpu(of: ours.pid), peer.map { cpu(of: $0.pid) } ?? 0)
            let began = Child.now()
            var bytes = 0
            var scrapes = 0
            while Double(Child.now() - began) < windowSeconds * 1e9 {
                if let peer {
                    _ = try? peer.scrape()
                    scrapes += 1
                }
                bytes += ours.read(seconds: 1).reduce(0) { $0 + $1.bytes.count }
            }
            let ticks = Double(Child.now() - began) / 1e9
            let after = (cpu(of: ours.pid), peer.map { cpu(of: $0.pid) } ?? 0)
            windows.append(
                (
                    (after.0 - before.0) / ticks,
                    scrapes == 0 ? .nan : (after.1 - before.1) / Double(scrapes),
                    Double(bytes) / ticks
                ))
        }
        let ratio = median(windows.map { $0.ours / $0.peer })
        return [
            Row(what, "martlet-agent", "ms", median(windows.map(\.ours)), goal: 0.7),
            Row(what, "node_exporter", "ms", median(windows.map(\.peer))),
            Row(what, "ratio to node_exporter", "", ratio, goal: 0.07),
            Row(
                "bytes per tick, as this machine moves", "martlet-agent", "B", median(windows.map(\.bytes)),
                goal: 700),
        ]
    }

    /// The same with the process scan on, on a machine with `extra` idle processes more.
    private func withProcesses(_ extra: Int) throws -> [Row] {
        let sleepers = try (0..<extra).map { _ in try Child(["sleep", "1000"]) }
        defer { sleepers.forEach { $0.end() } }
        let ours = try Child([agent, "stream", "--interval", "1s"])
        _ = ours.read(seconds: 6)
        let count = ProcessTree.allPIDs().count
        let perTick = (0..<3).map { _ -> Double in
            let before = cpu(of: ours.pid)
            let began = Child.now()
            _ = ours.read(seconds: windowSeconds)
            return (cpu(of: ours.pid) - before) / (Double(Child.now() - began) / 1e9)
        }
        return [
            Row(
                "agent CPU per tick, process top-N, \(count) processes", "martlet-agent", "ms",
                median(perTick), goal: 2)
        ]
    }

    private func memory() throws -> [Row] {
        // A copy: pages of a file just linked are shared with the page cache in other ways.
        let copy = FileManager.default.temporaryDirectory.appending(
            path: "martlet-agent-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(filePath: agent), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        let ours = try Child([copy.path, "stream", "--interval", "1s"])
        _ = ours.read(seconds: 15)
        return [
            Row("agent anonymous memory", "martlet-agent", "MiB", memory("RssAnon", ours.pid), goal: 1.2),
            Row("agent resident memory", "martlet-agent", "MiB", memory("VmRSS", ours.pid), goal: 4.5),
        ]
    }

    /// Counts with `strace -c`, as the difference of a long and a short run, so that the start does not count.
    private func systemCalls() throws -> [Row] {
        func calls(seconds: Double) throws -> Int {
            let report = FileManager.default.temporaryDirectory.appending(path: "strace-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: report) }
            let traced = try Child([
                "strace", "-f", "-c", "-o", report.path, agent, "stream", "--interval", "1s", "--processes",
                "0",
            ])
            _ = traced.read(seconds: seconds)
            for pid in ProcessTree.members(of: traced.pid) where pid != traced.pid { kill(pid, SIGTERM) }
            _ = traced.read(seconds: 1)
            traced.end()
            let text = (try? String(contentsOf: report, encoding: .utf8)) ?? ""
            let total = text.split(separator: "\n").last { $0.hasSuffix("total") }
            return total?.split(separator: " ").dropFirst(3).first.flatMap { Int($0) } ?? 0
        }
        let short = try calls(seconds: 5)
        let long = try calls(seconds: 25)
        return [
            Row(
                "system calls per tick, no process scan", "martlet-agent", "", Double(long - short) / 20,
                goal: 80)
        ]
    }

    private func cpu(of pid: Int32) -> Double {
        Double(ProcessTree.cpuNanoseconds(of: ProcessTree.members(of: pid))) / 1e6
    }

    private func memory(_ field: String, _ pid: Int32) -> Double {
        Double(ProcessTree.memoryKiB(field, of: [pid])) / 1024
    }

    private func size(of path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}

/// Debian's prometheus-node-exporter on a loopback port of its own.
final class NodeExporter {
    private let child: Child
    private let port: UInt16

    var pid: Int32 { child.pid }

    init() throws {
        port = try NodeExporter.freePort()
        child = try Child(["prometheus-node-exporter", "--web.listen-address=127.0.0.1:\(port)"])
        let deadline = Child.now() + 5_000_000_000
        while (try? scrape()) == nil {
            guard Child.now() < deadline else { throw BenchError("node_exporter does not answer") }
            _ = child.read(seconds: 0.05)
        }
    }

    /// One plain scrape; returns the body's size.
    func scrape() throws -> Int {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = NodeExporter.loopback(port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw BenchError("node_exporter refuses (errno \(errno))") }
        let request = Array("GET /metrics HTTP/1.0\r\n\r\n".utf8)
        guard send(connection, request, request.count, Int32(MSG_NOSIGNAL.rawValue)) == request.count else {
            throw BenchError("node_exporter does not read")
        }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var total = 0
        while case let count = recv(connection, &buffer, buffer.count, 0), count > 0 { total += count }
        guard total > 1000 else { throw BenchError("node_exporter's answer is short") }
        return total
    }

    private static func freePort() throws -> UInt16 {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, length) == 0 && getsockname(probe, $0, &length) == 0
            }
        }
        guard bound else { throw BenchError("no free port (errno \(errno))") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
