import Telemetry
import Wire

/// Interrupts by CPU and line: /proc/interrupts. Counters without a column a CPU (ERR, MIS) are left out, as there.
package final class InterruptsProbe: Probe {
    package let name = "interrupts"
    package let tier = Tier.tenSeconds

    private struct Line {
        let name: [UInt8]
        let slots: [Int]
    }

    private var file: ProbeFile
    private var header: [UInt8] = []
    private var cpus: [String] = []
    private var lines: [Line] = []
    /// So many series at most: a machine of 256 CPUs has hundreds of lines.
    private static let seriesMax = 4096

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("interrupts"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        try file.read { (bytes) throws(ProbeError) in
            var offset = 0
            Fields.skipLine(bytes, &offset)
            if !Fields.equal(bytes, 0..<offset, header) { reset(bytes, 0..<offset, &readings) }
            guard !cpus.isEmpty else { throw .malformed(path: "", reason: "no CPU in the first line") }
            var line = 0
            while offset < bytes.count {
                take(line, bytes, &offset, &readings)
                line += 1
            }
            while lines.count > line { retireLast(&readings) }
        }
    }

    private func reset(_ bytes: Span<UInt8>, _ range: Range<Int>, _ readings: inout Readings) {
        while !lines.isEmpty { retireLast(&readings) }
        header = Fields.array(bytes, range)
        cpus = Fields.text(bytes, range).split(whereSeparator: { $0 == " " || $0 == "\n" })
            .compactMap { $0.hasPrefix("CPU") ? String($0.dropFirst(3)) : nil }
    }

    private func take(_ line: Int, _ bytes: Span<UInt8>, _ offset: inout Int, _ readings: inout Readings) {
        Fields.skipBlanks(bytes, &offset)
        let name = Fields.until(UInt8(ascii: ":"), bytes, &offset)
        let values = offset
        if line < lines.count, !Fields.equal(bytes, name, lines[line].name) {
            while lines.count > line { retireLast(&readings) }
        }
        if line == lines.count { define(bytes, name, values, &readings) }
        offset = values
        for slot in lines[line].slots {
            if let value = Fields.raw(bytes, &offset) { readings[slot] = value }
        }
        Fields.skipLine(bytes, &offset)
    }

    private func define(_ bytes: Span<UInt8>, _ name: Range<Int>, _ values: Int, _ readings: inout Readings) {
        var offset = values
        var columns = 0
        while columns < cpus.count, Fields.decimal(bytes, &offset) != nil { columns += 1 }
        let isFull = (lines.count + 1) * cpus.count > Self.seriesMax
        guard columns == cpus.count, !isFull else {
            lines.append(Line(name: Fields.array(bytes, name), slots: []))
            return
        }
        let type = Fields.text(bytes, name)
        let rest = Fields.text(bytes, Fields.until(0x0A, bytes, &offset)).split(separator: " ")
        let isNumbered = Int(type) != nil
        // A numbered line says `chip hwirq-mode devices`; a named one has only a description.
        let info = isNumbered ? rest.first.map(String.init) ?? "" : rest.joined(separator: " ")
        let devices = isNumbered ? rest.dropFirst().joined(separator: " ") : ""
        let slots = cpus.map { cpu in
            readings.define(
                SeriesDefinition(
                    SeriesKey(
                        "node_interrupts_total", ["cpu": cpu, "type": type, "info": info, "devices": devices]),
                    .counter))
        }
        lines.append(Line(name: Fields.array(bytes, name), slots: slots))
    }

    private func retireLast(_ readings: inout Readings) {
        for slot in lines.removeLast().slots { readings.retire(slot) }
    }
}
