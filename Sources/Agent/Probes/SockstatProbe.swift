import Telemetry
import Wire

/// Sockets in use, /proc/net/sockstat and sockstat6; `mem` of TCP and UDP is in pages, given in bytes too.
package final class SockstatProbe: Probe {
    package let name = "sockstat"
    package let tier = Tier.second
    private var four: ProbeFile
    private var six: ProbeFile
    /// By place in the files; the second of a pair is the one in bytes, or -1.
    private var slots: [(count: Int, bytes: Int)] = []
    private var place = 0
    private let pageSize: UInt32

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer, pageSize: UInt32) {
        four = ProbeFile(paths.proc("net/sockstat"), buffer)
        six = ProbeFile(paths.proc("net/sockstat6"), buffer)
        self.pageSize = pageSize
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        place = 0
        try four.read { (bytes) throws(ProbeError) in take(bytes, &readings) }
        guard place > 0 else {
            throw .malformed(path: four.path, reason: "no line of the form `TCP: inuse 1`")
        }
        do throws(ProbeError) {
            try six.read { (bytes) throws(ProbeError) in take(bytes, &readings) }
        } catch  where error.isAbsent {
            // Without IPv6 there is no such file.
        }
    }

    private func take(_ bytes: Span<UInt8>, _ readings: inout Readings) {
        var offset = 0
        while offset < bytes.count {
            let family = Fields.until(UInt8(ascii: ":"), bytes, &offset)
            while offset < bytes.count, bytes[offset] != 0x0A {
                let field = Fields.word(bytes, &offset)
                guard !field.isEmpty, let value = Fields.signed(bytes, &offset) else { break }
                if place == slots.count { define(bytes, family, field, &readings) }
                readings[slots[place].count] = value
                if slots[place].bytes >= 0 { readings[slots[place].bytes] = value }
                place += 1
            }
            Fields.skipLine(bytes, &offset)
        }
    }

    private func define(
        _ bytes: Span<UInt8>, _ family: Range<Int>, _ field: Range<Int>, _ readings: inout Readings
    ) {
        let metric = "node_sockstat_\(Fields.text(bytes, family))_\(Fields.text(bytes, field))"
        let count = readings.define(SeriesDefinition(SeriesKey(metric), .gauge))
        let isPages = metric.hasSuffix("_mem")
        let scale = SampleScale.ratio(multiplier: pageSize, divisor: 1)
        slots.append(
            (
                count,
                isPages ? readings.define(SeriesDefinition(SeriesKey("\(metric)_bytes"), .gauge, scale)) : -1
            ))
    }
}
