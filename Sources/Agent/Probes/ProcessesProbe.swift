import Telemetry
import Wire

/// How many processes and threads there are, and in which states, from the scan that also finds the busiest.
///
/// node_exporter reads each thread's own folder for these; the number of threads stands in the line that is read anyway.
package final class ProcessesProbe: Probe {
    package let name = "processes"
    package let tier = Tier.tenSeconds
    private let scan: ProcessScan
    private var processesMax: ProbeFile
    private var threadsMax: ProbeFile
    private var slots: [Int] = []
    /// By the state's letter; -1 for one that was never seen.
    private var stateSlots = [Int](repeating: -1, count: 26)

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer, _ scan: ProcessScan) {
        self.scan = scan
        processesMax = ProbeFile(paths.proc("sys/kernel/pid_max"), buffer)
        threadsMax = ProbeFile(paths.proc("sys/kernel/threads-max"), buffer)
    }

    package func wantsReading(at now: TickTime) -> Bool {
        slots.isEmpty && scan.census != nil
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        guard let census = scan.census else { throw .overdue(what: "the first pass over all processes") }
        let most = try Self.number(&processesMax)
        let mostThreads = try Self.number(&threadsMax)
        if slots.isEmpty { define(&readings) }
        readings[slots[0]] = census.processes
        readings[slots[1]] = census.threads
        readings[slots[2]] = most
        readings[slots[3]] = mostThreads
        readings[slots[4]] = Int64(clamping: scan.spentNanoseconds)
        for letter in census.states.indices {
            if stateSlots[letter] < 0 {
                guard census.states[letter] > 0 else { continue }
                let state = String(UnicodeScalar(0x41 + UInt8(letter)))
                stateSlots[letter] = readings.define(
                    SeriesDefinition(SeriesKey("node_processes_state", ["state": state]), .gauge))
            }
            readings[stateSlots[letter]] = census.states[letter]
        }
    }

    private func define(_ readings: inout Readings) {
        slots = [
            "node_processes_pids", "node_processes_threads", "node_processes_max_processes",
            "node_processes_max_threads",
        ].map { readings.define(SeriesDefinition(SeriesKey($0), .gauge)) }
        slots.append(
            readings.define(
                SeriesDefinition(
                    SeriesKey("martlet_agent_process_scan_seconds_total"), .counter,
                    .ratio(multiplier: 1, divisor: 1_000_000_000))))
    }

    private static func number(_ file: inout ProbeFile) throws(ProbeError) -> Int64 {
        try file.read { (bytes) throws(ProbeError) in
            var offset = 0
            guard let value = Fields.raw(bytes, &offset) else {
                throw .malformed(path: "", reason: "no number")
            }
            return value
        }
    }
}
