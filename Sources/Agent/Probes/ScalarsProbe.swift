import Telemetry
import Wire

/// A collector whose series are numbers at fixed places of small files.
package final class ScalarsProbe: Probe {
    /// One number of one file of /proc or /sys, as it is.
    struct Scalar {
        let metric: String
        let type: MetricType
        let path: String
        /// Which number of the file.
        let field: Int
    }

    package let name: String
    package let tier: Tier
    private let scalars: [Scalar]
    private let absent: String
    private var files: [Holder]
    private var slots: [Int] = []

    private final class Holder {
        var file: ProbeFile

        init(_ path: String, _ buffer: ProbeBuffer) {
            file = ProbeFile(path, buffer)
        }
    }

    init(_ name: String, _ tier: Tier, absent: String, _ scalars: [Scalar], _ buffer: ProbeBuffer) {
        self.name = name
        self.tier = tier
        self.scalars = scalars
        self.absent = absent
        files = scalars.map { Holder($0.path, buffer) }
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        for place in scalars.indices {
            let field = scalars[place].field
            let path = scalars[place].path
            let value = try unlessAbsent(absent) { () throws(ProbeError) in
                try files[place].file.read { (bytes) throws(ProbeError) in
                    try Self.number(field, bytes, path)
                }
            }
            if place == slots.count {
                slots.append(
                    readings.define(SeriesDefinition(SeriesKey(scalars[place].metric), scalars[place].type)))
            }
            readings[slots[place]] = value
        }
    }

    private static func number(_ field: Int, _ bytes: Span<UInt8>, _ path: String) throws(ProbeError) -> Int64
    {
        var offset = 0
        for _ in 0..<field { _ = Fields.word(bytes, &offset) }
        guard let value = Fields.decimal(bytes, &offset) else {
            throw .malformed(path: path, reason: "field \(field + 1) is no number")
        }
        // file-max is 2^63-1 on some machines, and a limit above that means none.
        return Int64(clamping: value)
    }

    package static func files(_ paths: AgentPaths, _ buffer: ProbeBuffer) -> ScalarsProbe {
        let path = paths.proc("sys/fs/file-nr")
        return ScalarsProbe(
            "filefd", .second, absent: "no file-nr",
            [
                Scalar(metric: "node_filefd_allocated", type: .gauge, path: path, field: 0),
                Scalar(metric: "node_filefd_maximum", type: .gauge, path: path, field: 2),
            ], buffer)
    }

    package static func entropy(_ paths: AgentPaths, _ buffer: ProbeBuffer) -> ScalarsProbe {
        let folder = paths.proc("sys/kernel/random")
        return ScalarsProbe(
            "entropy", .tenSeconds, absent: "no kernel random pool",
            [
                Scalar(
                    metric: "node_entropy_available_bits", type: .gauge, path: "\(folder)/entropy_avail",
                    field: 0),
                Scalar(
                    metric: "node_entropy_pool_size_bits", type: .gauge, path: "\(folder)/poolsize", field: 0),
            ], buffer)
    }

    package static func conntrack(_ paths: AgentPaths, _ buffer: ProbeBuffer) -> ScalarsProbe {
        let folder = paths.proc("sys/net/netfilter")
        return ScalarsProbe(
            "conntrack", .tenSeconds, absent: "connection tracking is not loaded",
            [
                Scalar(
                    metric: "node_nf_conntrack_entries", type: .gauge, path: "\(folder)/nf_conntrack_count",
                    field: 0),
                Scalar(
                    metric: "node_nf_conntrack_entries_limit", type: .gauge,
                    path: "\(folder)/nf_conntrack_max", field: 0),
            ], buffer)
    }

    /// Both names: node_exporter's own, and the one that dashboard 1860 asks for.
    package static func hungTasks(_ paths: AgentPaths, _ buffer: ProbeBuffer) -> ScalarsProbe {
        let path = paths.proc("sys/kernel/hung_task_detect_count")
        return ScalarsProbe(
            "kernel_hung", .tenSeconds, absent: "this kernel does not count hung tasks",
            [
                Scalar(metric: "node_kernel_hung_tasks_total", type: .counter, path: path, field: 0),
                Scalar(metric: "node_kernel_hung_tasks", type: .counter, path: path, field: 0),
            ], buffer)
    }
}
