import Telemetry
import Wire

/// The lines of /proc/vmstat that node_exporter takes by default: oom_kill, pgpg*, pswp*, pg*fault.
package final class VMStatProbe: Probe {
    package let name = "vmstat"
    package let tier = Tier.second
    private var file: ProbeFile
    private var lines = NamedLines()

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("vmstat"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        try file.read { (bytes) throws(ProbeError) in
            lines.begin()
            var offset = 0
            var found = 0
            while offset < bytes.count {
                // Most of some 190 lines are not ours: look at two letters before anything else.
                if Self.mayBeTaken(bytes, offset) {
                    let name = Fields.word(bytes, &offset)
                    let slot = lines.slot(bytes, name, &readings, definition: Self.definition)
                    if slot >= 0, let value = Fields.raw(bytes, &offset) {
                        readings[slot] = value
                        found += 1
                    }
                }
                Fields.skipLine(bytes, &offset)
            }
            lines.end(&readings)
            guard found > 0 else {
                throw .malformed(path: "", reason: "none of oom_kill, pgpg*, pswp*, pg*fault")
            }
        }
    }

    private static func mayBeTaken(_ bytes: Span<UInt8>, _ offset: Int) -> Bool {
        Fields.starts("pg", bytes, offset) || Fields.starts("ps", bytes, offset)
            || Fields.starts("oom_kill", bytes, offset)
    }

    private static func definition(_ name: String) -> SeriesDefinition? {
        // The default filter is ^(oom_kill|pgpg|pswp|pg.*fault).* and has no end.
        let isTaken =
            name.hasPrefix("oom_kill") || name.hasPrefix("pgpg") || name.hasPrefix("pswp")
            || (name.hasPrefix("pg") && contains(name, "fault"))
        return isTaken ? SeriesDefinition(SeriesKey("node_vmstat_\(name)"), .untyped) : nil
    }

    private static func contains(_ text: String, _ part: String) -> Bool {
        let (text, part) = (Array(text.utf8), Array(part.utf8))
        guard text.count >= part.count else { return false }
        return (0...(text.count - part.count)).contains { Array(text[$0..<$0 + part.count]) == part }
    }
}
