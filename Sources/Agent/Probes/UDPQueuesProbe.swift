import Telemetry
import Wire

/// Bytes waiting in UDP sockets: the sums of `tx_queue:rx_queue` of /proc/net/udp and udp6, proc_pid_net(5).
package final class UDPQueuesProbe: Probe {
    package let name = "udp_queues"
    package let tier = Tier.tenSeconds
    private var four: ProbeFile
    private var six: ProbeFile
    /// tx and rx of v4, then of v6.
    private var slots: [Int] = []
    private var hasSix = true

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        four = ProbeFile(paths.proc("net/udp"), buffer)
        six = ProbeFile(paths.proc("net/udp6"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let sums = try unlessAbsent("no /proc/net/udp") { () throws(ProbeError) in try Self.sums(&four) }
        if slots.isEmpty { slots = Self.define("v4", &readings) }
        readings[slots[0]] = sums.tx
        readings[slots[1]] = sums.rx
        guard hasSix else { return }
        do throws(ProbeError) {
            let sums = try Self.sums(&six)
            if slots.count == 2 { slots += Self.define("v6", &readings) }
            readings[slots[2]] = sums.tx
            readings[slots[3]] = sums.rx
        } catch  where error.isAbsent {
            // IPv6 is switched off: it stays so until the next boot.
            hasSix = false
        }
    }

    private static func define(_ version: String, _ readings: inout Readings) -> [Int] {
        ["tx", "rx"].map {
            readings.define(
                SeriesDefinition(SeriesKey("node_udp_queues", ["queue": $0, "ip": version]), .gauge))
        }
    }

    private static func sums(_ file: inout ProbeFile) throws(ProbeError) -> (tx: Int64, rx: Int64) {
        try file.read { (bytes) throws(ProbeError) in
            var sums: (tx: Int64, rx: Int64) = (0, 0)
            var offset = 0
            Fields.skipLine(bytes, &offset)
            while offset < bytes.count {
                // sl, local_address, rem_address, st.
                for _ in 0..<4 { _ = Fields.word(bytes, &offset) }
                if let tx = Fields.hexadecimal(bytes, &offset), Fields.take(":", bytes, &offset),
                    let rx = Fields.hexadecimal(bytes, &offset)
                {
                    sums.tx = sums.tx &+ Int64(truncatingIfNeeded: tx)
                    sums.rx = sums.rx &+ Int64(truncatingIfNeeded: rx)
                }
                Fields.skipLine(bytes, &offset)
            }
            return sums
        }
    }
}
