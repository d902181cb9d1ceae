import Telemetry
import Wire

/// Load averages over 1, 5 and 15 minutes, /proc/loadavg.
package final class LoadProbe: Probe {
    package let name = "loadavg"
    package let tier = Tier.second
    private var file: ProbeFile
    private var slots: [Int] = []

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("loadavg"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        if slots.isEmpty {
            slots = ["node_load1", "node_load5", "node_load15"].map {
                readings.define(SeriesDefinition(SeriesKey($0), .gauge, .ratio(multiplier: 1, divisor: 100)))
            }
        }
        try file.read { (bytes) throws(ProbeError) in
            var offset = 0
            for slot in slots {
                // Always two digits behind the point: hundredths are exact.
                guard let whole = Fields.raw(bytes, &offset), Fields.take(".", bytes, &offset),
                    let hundredths = Fields.raw(bytes, &offset), hundredths < 100
                else { throw .malformed(path: "", reason: "not three numbers of the form 0.00") }
                readings[slot] = whole &* 100 &+ hundredths
            }
        }
    }
}
