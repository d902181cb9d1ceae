import Telemetry
import Wire

/// One file of a control group and the series that come from it.
struct CgroupFile {
    /// What a file is called, which series it gives, and how its values are found.
    enum Kind: CaseIterable {
        case cpu, memory, io, cpuPressure, memoryPressure, ioPressure, events, tasks

        var file: String {
            switch self {
            case .cpu: "cpu.stat"
            case .memory: "memory.current"
            case .io: "io.stat"
            case .cpuPressure: "cpu.pressure"
            case .memoryPressure: "memory.pressure"
            case .ioPressure: "io.pressure"
            case .events: "memory.events"
            case .tasks: "pids.current"
            }
        }

        /// Names behind `martlet_unit_` or `martlet_container_`.
        fileprivate var metrics: [(name: String, type: MetricType, scale: SampleScale)] {
            let microseconds = SampleScale.ratio(multiplier: 1, divisor: 1_000_000)
            return switch self {
            case .cpu: [("cpu_seconds_total", .counter, microseconds)]
            case .memory: [("memory_bytes", .gauge, .one)]
            case .io: [("io_read_bytes_total", .counter, .one), ("io_written_bytes_total", .counter, .one)]
            case .cpuPressure: [("pressure_cpu_waiting_seconds_total", .counter, microseconds)]
            case .memoryPressure: [("pressure_memory_waiting_seconds_total", .counter, microseconds)]
            case .ioPressure: [("pressure_io_waiting_seconds_total", .counter, microseconds)]
            case .events: [("oom_kills_total", .counter, .one)]
            case .tasks: [("pids", .gauge, .one)]
            }
        }

        /// The value of the metric at `place`; nil where the file does not hold it.
        func value(_ place: Int, _ bytes: Span<UInt8>) -> Int64? {
            switch self {
            case .cpu: Self.after("usage_usec ", bytes)
            case .memory, .tasks: Self.number(bytes)
            case .io: Self.sum(place == 0 ? "rbytes=" : "wbytes=", bytes)
            case .cpuPressure, .memoryPressure, .ioPressure: Self.someTotal(bytes)
            case .events: Self.after("oom_kill ", bytes)
            }
        }

        private static func number(_ bytes: Span<UInt8>) -> Int64? {
            var offset = 0
            return Fields.decimal(bytes, &offset).map { Int64(clamping: $0) }
        }

        /// The number of the line that begins so.
        private static func after(_ name: StaticString, _ bytes: Span<UInt8>) -> Int64? {
            var offset = 0
            while offset < bytes.count {
                if Fields.take(name, bytes, &offset) {
                    return Fields.decimal(bytes, &offset).map { Int64(clamping: $0) }
                }
                Fields.skipLine(bytes, &offset)
            }
            return nil
        }

        /// The sum of a figure over all devices: `8:0 rbytes=1 wbytes=2 rios=…` a line.
        private static func sum(_ name: StaticString, _ bytes: Span<UInt8>) -> Int64 {
            var sum: UInt64 = 0
            var offset = 0
            while offset < bytes.count {
                let word = Fields.word(bytes, &offset)
                var place = word.lowerBound
                if Fields.take(name, bytes, &place), let value = Fields.decimal(bytes, &place) {
                    sum &+= value
                }
                if word.isEmpty { Fields.skipLine(bytes, &offset) }
            }
            return Int64(clamping: sum)
        }

        /// `some avg10=0.00 … total=12345`, microseconds.
        private static func someTotal(_ bytes: Span<UInt8>) -> Int64? {
            var offset = 0
            guard Fields.starts("some ", bytes, 0) else { return nil }
            while offset < bytes.count, bytes[offset] != 0x0A, !Fields.take("total=", bytes, &offset) {
                offset += 1
            }
            return Fields.decimal(bytes, &offset).map { Int64(clamping: $0) }
        }
    }
}

/// The files of one control group that one probe reads, with the slots of their series.
final class CgroupRow {
    private final class Part {
        let kind: CgroupFile.Kind
        var file: ProbeFile
        /// Empty until the file was read once: a controller that is off has no series.
        var slots: [Int] = []

        init(_ kind: CgroupFile.Kind, _ path: String, _ buffer: ProbeBuffer) {
            self.kind = kind
            file = ProbeFile(path, buffer)
        }
    }

    let group: CgroupTree.Group
    private let parts: [Part]

    init(_ group: CgroupTree.Group, _ kinds: [CgroupFile.Kind], _ buffer: ProbeBuffer) {
        self.group = group
        parts = kinds.map { Part($0, "\(group.path)/\($0.file)", buffer) }
    }

    /// What cannot be read now, because the group just went, leaves a gap.
    func read(_ readings: inout Readings, keepsOpen: Bool) {
        for part in parts {
            do throws(ProbeError) {
                try part.file.read { (bytes) throws(ProbeError) in
                    guard part.kind.value(0, bytes) != nil else {
                        throw .malformed(path: "", reason: "no number")
                    }
                    if part.slots.isEmpty { part.slots = define(part.kind, &readings) }
                    for place in part.slots.indices {
                        readings[part.slots[place]] = part.kind.value(place, bytes) ?? SampleScale.one.absent
                    }
                }
            } catch {
                for slot in part.slots { readings[slot] = SampleScale.one.absent }
            }
            if !keepsOpen { part.file.release() }
        }
    }

    func retire(_ readings: inout Readings) {
        for part in parts {
            for slot in part.slots { readings.retire(slot) }
            part.slots = []
        }
    }

    private func define(_ kind: CgroupFile.Kind, _ readings: inout Readings) -> [Int] {
        let label = group.isContainer ? "container" : "unit"
        return kind.metrics.map { metric in
            readings.define(
                SeriesDefinition(
                    SeriesKey("martlet_\(label)_\(metric.name)", Labels([Label(label, group.name)])),
                    metric.type,
                    metric.scale))
        }
    }
}
