import Glibc
import Telemetry
import Wire

/// What the agent itself costs, and how each collector fared; every ten seconds, so that an idle tick stays small.
package final class SelfProbe: Probe {
    package let name = "self"
    package let tier = Tier.tenSeconds
    private weak var sampler: Sampler?
    private weak var reader: PatientReader?
    private var stat: ProbeFile
    private var descriptors: ProcFolder
    private let buffer: ProbeBuffer
    private var slots: [Int] = []
    private var durations: [Int] = []
    private var successes: [Int] = []
    /// Of what was left out, by cause, and of rounds by collector; -1 while it never happened.
    private var lossSlots = [Int](repeating: -1, count: SelfProbe.losses.count)
    private var skipped: [Int] = []
    /// What a limit leaves out is counted and told; most agents never have any of it.
    private static let losses = [
        "martlet_agent_refused_series_total", "martlet_agent_left_out_readings_total",
        "martlet_agent_stuck_reads_total", "martlet_agent_refused_reads_total",
    ]
    private let pageSize: Int64
    /// Ticks that came late, and ticks that were dropped because the reader was slow.
    package var missedTicks: Int64 = 0
    package var droppedTicks: Int64 = 0

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer, pageSize: UInt32) {
        stat = ProbeFile(paths.proc("self/stat"), buffer)
        descriptors = ProcFolder(paths.proc("self/fd"))
        self.buffer = buffer
        self.pageSize = Int64(pageSize)
    }

    package func watch(_ sampler: Sampler, _ reader: PatientReader? = nil) {
        self.sampler = sampler
        self.reader = reader
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        if slots.isEmpty { define(&readings) }
        try readStat(&readings)
        readings[slots[3]] = Int64(openDescriptors())
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            readings[slots[4]] = Int64(clamping: limit.rlim_cur)
        }
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 {
            // node_exporter gives "unlimited" as the largest unsigned number.
            readings[slots[5]] = Int64(bitPattern: Double(limit.rlim_cur).bitPattern)
        }
        readings[slots[6]] = missedTicks
        readings[slots[7]] = droppedTicks
        readCollectors(&readings)
        showLoss(0, sampler?.refusedSeries ?? 0, &readings)
        showLoss(1, sampler?.leftOutReadings ?? 0, &readings)
        showLoss(2, reader?.stuckCount ?? 0, &readings)
        showLoss(3, reader?.refusedCount ?? 0, &readings)
    }

    private func showLoss(_ place: Int, _ count: UInt64, _ readings: inout Readings) {
        if lossSlots[place] < 0 {
            guard count > 0 else { return }
            lossSlots[place] = readings.define(SeriesDefinition(SeriesKey(Self.losses[place]), .counter))
        }
        readings[lossSlots[place]] = Int64(clamping: count)
    }

    /// /proc/self/stat, proc_pid_stat(5): utime and stime are fields 14 and 15, vsize 23, rss 24.
    private func readStat(_ readings: inout Readings) throws(ProbeError) {
        try stat.read { (bytes) throws(ProbeError) in
            var offset = bytes.count
            while offset > 0, bytes[offset - 1] != UInt8(ascii: ")") { offset -= 1 }
            _ = Fields.word(bytes, &offset)
            for _ in 0..<10 { _ = Fields.signed(bytes, &offset) }
            let user = Fields.raw(bytes, &offset) ?? 0
            let system = Fields.raw(bytes, &offset) ?? 0
            for _ in 0..<6 { _ = Fields.signed(bytes, &offset) }
            _ = Fields.raw(bytes, &offset)
            guard let virtual = Fields.raw(bytes, &offset), let resident = Fields.raw(bytes, &offset) else {
                throw .malformed(path: "", reason: "fewer than 24 fields")
            }
            readings[slots[0]] = user &+ system
            readings[slots[1]] = virtual
            readings[slots[2]] = resident &* pageSize
        }
    }

    private func openDescriptors() -> Int {
        var count = 0
        try? descriptors.list(buffer) { _, _ in count += 1 }
        return count
    }

    private func readCollectors(_ readings: inout Readings) {
        guard let sampler else { return }
        for (place, collector) in sampler.collectors.enumerated() {
            if place == durations.count {
                let labels: Labels = ["collector": collector.probe.name]
                durations.append(
                    readings.define(
                        SeriesDefinition(
                            SeriesKey("node_scrape_collector_duration_seconds", labels), .gauge,
                            .ratio(multiplier: 1, divisor: 1_000_000_000))))
                successes.append(
                    readings.define(
                        SeriesDefinition(SeriesKey("node_scrape_collector_success", labels), .gauge)))
                skipped.append(-1)
            }
            if collector.skippedRounds > 0, skipped[place] < 0 {
                let labels: Labels = ["collector": collector.probe.name]
                skipped[place] = readings.define(
                    SeriesDefinition(SeriesKey("martlet_agent_skipped_rounds_total", labels), .counter))
            }
            if skipped[place] >= 0 {
                readings[skipped[place]] = Int64(clamping: collector.skippedRounds)
            }
            readings[durations[place]] = Int64(clamping: collector.durationNanoseconds)
            readings[successes[place]] = collector.hasSucceeded || collector.probe === self ? 1 : 0
        }
    }

    private func define(_ readings: inout Readings) {
        func one(_ metric: String, _ type: MetricType, _ scale: SampleScale = .one) -> Int {
            readings.define(SeriesDefinition(SeriesKey(metric), type, scale))
        }
        slots = [
            one("process_cpu_seconds_total", .counter, .ratio(multiplier: 1, divisor: 100)),
            one("process_virtual_memory_bytes", .gauge), one("process_resident_memory_bytes", .gauge),
            one("process_open_fds", .gauge), one("process_max_fds", .gauge),
            one("process_virtual_memory_max_bytes", .gauge, .double),
            one("martlet_agent_missed_ticks_total", .counter),
            one("martlet_agent_dropped_total", .counter),
        ]
        let build: Labels = [
            "version": martletVersion, "revision": "", "branch": "", "goversion": "", "goos": "linux",
            "goarch": KernelName.machine, "tags": "martlet",
        ]
        let info = readings.define(SeriesDefinition(SeriesKey("node_exporter_build_info", build), .gauge))
        readings[info] = 1
    }
}
