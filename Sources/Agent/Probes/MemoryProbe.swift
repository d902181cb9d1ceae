import Telemetry
import Wire

/// Every line of /proc/meminfo, proc_meminfo(5); those in kB as bytes.
package final class MemoryProbe: Probe {
    package let name = "meminfo"
    package let tier = Tier.second
    private var file: ProbeFile
    private var lines = NamedLines()

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("meminfo"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        try file.read { (bytes) throws(ProbeError) in
            lines.begin()
            var offset = 0
            var found = 0
            while offset < bytes.count {
                let name = Fields.until(UInt8(ascii: ":"), bytes, &offset)
                guard let value = Fields.raw(bytes, &offset) else {
                    Fields.skipLine(bytes, &offset)
                    continue
                }
                let isKilobytes = Fields.starts(" kB", bytes, offset)
                let slot = lines.slot(bytes, name, &readings) {
                    Self.definition($0, isKilobytes: isKilobytes)
                }
                readings[slot] = value
                found += 1
                Fields.skipLine(bytes, &offset)
            }
            lines.end(&readings)
            guard found > 0 else { throw .malformed(path: "", reason: "no line of the form `Name: number`") }
        }
    }

    /// `Active(anon)` in kB is node_memory_Active_anon_bytes.
    private static func definition(_ name: String, isKilobytes: Bool) -> SeriesDefinition {
        var metric = "node_memory_"
        for character in name where character != ")" { metric.append(character == "(" ? "_" : character) }
        return SeriesDefinition(
            SeriesKey(isKilobytes ? metric + "_bytes" : metric), .gauge,
            .ratio(multiplier: isKilobytes ? 1024 : 1, divisor: 1))
    }
}
