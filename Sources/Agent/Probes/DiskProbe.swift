import Telemetry
import Wire

/// Disks as /proc/diskstats counts them; the columns are those of the kernel's iostats document.
///
/// Partitions, RAM disks, loops and floppies are left out, as by node_exporter's default filter. Kernels before
/// 4.18 have no discard columns, those before 5.5 no flush columns: then there are no such series.
package final class DiskProbe: Probe {
    package let name = "diskstats"
    package let tier = Tier.second

    private struct Disk {
        let name: [UInt8]
        let isTaken: Bool
        var slots: [Int] = []
        var wasSeen = false
    }

    private struct Column {
        let metric: String
        let type: MetricType
        let scale: SampleScale
    }

    private static let milliseconds = SampleScale.ratio(multiplier: 1, divisor: 1000)
    private static let sectors = SampleScale.ratio(multiplier: 512, divisor: 1)
    private static let columns: [Column] = [
        Column(metric: "reads_completed_total", type: .counter, scale: .one),
        Column(metric: "reads_merged_total", type: .counter, scale: .one),
        Column(metric: "read_bytes_total", type: .counter, scale: sectors),
        Column(metric: "read_time_seconds_total", type: .counter, scale: milliseconds),
        Column(metric: "writes_completed_total", type: .counter, scale: .one),
        Column(metric: "writes_merged_total", type: .counter, scale: .one),
        Column(metric: "written_bytes_total", type: .counter, scale: sectors),
        Column(metric: "write_time_seconds_total", type: .counter, scale: milliseconds),
        Column(metric: "io_now", type: .gauge, scale: .one),
        Column(metric: "io_time_seconds_total", type: .counter, scale: milliseconds),
        Column(metric: "io_time_weighted_seconds_total", type: .counter, scale: milliseconds),
        Column(metric: "discards_completed_total", type: .counter, scale: .one),
        Column(metric: "discards_merged_total", type: .counter, scale: .one),
        Column(metric: "discarded_sectors_total", type: .counter, scale: .one),
        Column(metric: "discard_time_seconds_total", type: .counter, scale: milliseconds),
        Column(metric: "flush_requests_total", type: .counter, scale: .one),
        Column(metric: "flush_requests_time_seconds_total", type: .counter, scale: milliseconds),
    ]

    private var file: ProbeFile
    private var disks: [Disk] = []

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("diskstats"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        for place in disks.indices { disks[place].wasSeen = false }
        try file.read { (bytes) throws(ProbeError) in
            var offset = 0
            var line = 0
            while offset < bytes.count {
                _ = Fields.decimal(bytes, &offset)
                _ = Fields.decimal(bytes, &offset)
                let name = Fields.word(bytes, &offset)
                if !name.isEmpty {
                    let place = place(bytes, name, near: line)
                    disks[place].wasSeen = true
                    if disks[place].isTaken { take(place, bytes, &offset, &readings) }
                    line = place + 1
                }
                Fields.skipLine(bytes, &offset)
            }
        }
        for place in disks.indices.reversed() where !disks[place].wasSeen {
            for slot in disks[place].slots { readings.retire(slot) }
            disks.remove(at: place)
        }
    }

    private func take(_ place: Int, _ bytes: Span<UInt8>, _ offset: inout Int, _ readings: inout Readings) {
        for column in 0..<Self.columns.count {
            guard let value = Fields.raw(bytes, &offset) else { return }
            if column == disks[place].slots.count {
                let known = Self.columns[column]
                let device = String(decoding: disks[place].name, as: UTF8.self)
                let key = SeriesKey("node_disk_\(known.metric)", ["device": device])
                disks[place].slots.append(readings.define(SeriesDefinition(key, known.type, known.scale)))
            }
            readings[disks[place].slots[column]] = value
        }
    }

    private func place(_ bytes: Span<UInt8>, _ name: Range<Int>, near guess: Int) -> Int {
        if guess < disks.count, Fields.equal(bytes, name, disks[guess].name) { return guess }
        for place in disks.indices where Fields.equal(bytes, name, disks[place].name) { return place }
        let text = Fields.text(bytes, name)
        disks.append(Disk(name: Fields.array(bytes, name), isTaken: !Self.isExcluded(text)))
        return disks.count - 1
    }

    /// node_exporter's default `^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`.
    static func isExcluded(_ device: String) -> Bool {
        let stem = device.reversed().drop(while: \.isASCIIDigit).reversed()
        guard stem.count < device.count else { return false }
        let name = String(stem)
        if ["ram", "zram", "loop", "fd"].contains(name) { return true }
        for prefix in ["hd", "sd", "vd", "xvd"] where name.hasPrefix(prefix) {
            let rest = name.utf8.dropFirst(prefix.utf8.count)
            return rest.count == 1 && (0x61...0x7A).contains(rest[rest.startIndex])
        }
        guard name.hasPrefix("nvme"), name.hasSuffix("p") else { return false }
        let numbers = name.dropFirst(4).dropLast().split(separator: "n", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
