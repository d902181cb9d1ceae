import Fleet
import Telemetry

/// What of a raw series feeds which input of which kind of subject.
struct SignalInput: Sendable {
    let metric: String
    /// A label value that the series must have besides, as `mode=idle`.
    var match: (name: String, value: String)?
    let input: Int
    let measure: Measure

    /// What of the samples the input is.
    enum Measure: Sendable {
        /// The sample itself.
        case value
        /// The counter's rate a second over its last two samples.
        case rate
        /// How much the counter rose in the last ten minutes.
        case increase
    }

    init(
        _ metric: String, _ input: Int, rate isRate: Bool = false,
        where match: (name: String, value: String)? = nil
    ) {
        self.metric = metric
        self.match = match
        self.input = input
        measure = isRate ? .rate : .value
    }

    init(increaseOf metric: String, _ input: Int) {
        self.metric = metric
        self.input = input
        measure = .increase
    }
}

/// A signal of one subject, as a formula over its inputs; NaN says that there is no value.
struct SignalFormula: Sendable {
    let signal: String
    let inputs: [Int]
    let value: @Sendable (Span<Double>) -> Double

    init(_ signal: String, _ inputs: [Int], _ value: @escaping @Sendable (Span<Double>) -> Double) {
        self.signal = signal
        self.inputs = inputs
        self.value = value
    }

    /// The input itself.
    init(_ signal: String, _ input: Int) {
        self.init(signal, [input]) { $0[input] }
    }

    /// The rate of a time that passes at most as fast as the clock: the kernel may count a stall's end a little late.
    init(share signal: String, _ input: Int) {
        self.init(signal, [input]) { min(1, $0[input]) }
    }
}

/// Things of one kind that have signals: the host, its CPUs, disks, mounts, network devices, units.
struct SubjectKind: Sendable {
    /// The raw series' label that tells the subjects apart; nil for the host itself.
    let label: String?
    /// The signal's label: `mount` for the raw `mountpoint`.
    let signalLabel: String
    let inputCount: Int
    let inputs: [SignalInput]
    let formulas: [SignalFormula]
    /// How a subject of this name counts in what sums the kind up.
    var weight: @Sendable (_ name: String) -> SubjectWeight = { _ in .whole }
    /// The input that leaves a subject out where it is 1; nil for none.
    var exclusion: Int?
}

/// How a subject counts in its host's sums.
enum SubjectWeight: Sendable {
    case whole
    /// Where no other counts whole.
    case spare
    case none
}

/// A signal of the host that sums up one signal of its subjects.
struct SignalSummary: Sendable {
    enum Operation: Sendable { case average, maximum, sum }

    let signal: String
    let of: String
    let operation: Operation
}

/// The catalogue's formulas, each as its PromQL there defines it; rates are over the last two samples.
package enum SignalTable {
    static let kinds: [SubjectKind] = [
        host, cpu, disk, mount, network, sensor, unit("unit"), unit("container"), systemd, restarts, raid,
        probe,
    ]

    static let summaries: [SignalSummary] = [
        SignalSummary(signal: "cpu", of: "cpu.core", operation: .average),
        SignalSummary(signal: "cpu.user", of: "cpu.core.user", operation: .average),
        SignalSummary(signal: "cpu.system", of: "cpu.core.system", operation: .average),
        SignalSummary(signal: "cpu.irq", of: "cpu.core.irq", operation: .average),
        SignalSummary(signal: "cpu.iowait", of: "cpu.core.iowait", operation: .average),
        SignalSummary(signal: "cpu.steal", of: "cpu.core.steal", operation: .average),
        SignalSummary(signal: "disk.fullest", of: "disk.used", operation: .maximum),
        SignalSummary(signal: "disk.busiest", of: "disk.busy", operation: .maximum),
        SignalSummary(signal: "net.receive.all", of: "net.receive", operation: .sum),
        SignalSummary(signal: "net.transmit.all", of: "net.transmit", operation: .sum),
        SignalSummary(signal: "units.failed", of: "unit.failed", operation: .sum),
    ]

    /// The one signal over two kinds of subjects: `load.5` over the number of CPUs.
    static let loadPerCore = "load.per_core"

    /// Every signal that is derived, for the test that holds it against the catalogue.
    package static var derivedNames: Set<String> {
        Set(kinds.flatMap(\.formulas).map(\.signal)).subtracting(inner)
            .union(summaries.map(\.signal)).union([loadPerCore]).union(TrafficDeriver.derivedNames)
    }

    /// Signals that only feed summaries.
    static let inner: Set<String> = [
        "cpu.core.user", "cpu.core.system", "cpu.core.irq", "cpu.core.iowait", "cpu.core.steal",
    ]

    private static let host = SubjectKind(
        label: nil, signalLabel: "", inputCount: 40,
        inputs: [
            SignalInput("node_load1", 0), SignalInput("node_load5", 1), SignalInput("node_load15", 2),
            SignalInput("node_memory_MemTotal_bytes", 3), SignalInput("node_memory_MemAvailable_bytes", 4),
            SignalInput("node_memory_Cached_bytes", 5), SignalInput("node_memory_Buffers_bytes", 6),
            SignalInput("node_memory_AnonPages_bytes", 7), SignalInput("node_memory_SwapTotal_bytes", 8),
            SignalInput("node_memory_SwapFree_bytes", 9),
            SignalInput("node_pressure_cpu_waiting_seconds_total", 10, rate: true),
            SignalInput("node_pressure_memory_waiting_seconds_total", 11, rate: true),
            SignalInput("node_pressure_io_waiting_seconds_total", 12, rate: true),
            SignalInput("node_pressure_io_stalled_seconds_total", 13, rate: true),
            SignalInput("node_pressure_memory_stalled_seconds_total", 14, rate: true),
            SignalInput("node_procs_running", 15), SignalInput("node_procs_blocked", 16),
            SignalInput("node_netstat_Tcp_RetransSegs", 17, rate: true),
            SignalInput("node_netstat_Tcp_OutSegs", 18, rate: true), SignalInput("node_filefd_allocated", 19),
            SignalInput("node_filefd_maximum", 20), SignalInput("node_nf_conntrack_entries", 21),
            SignalInput("node_nf_conntrack_entries_limit", 22), SignalInput("node_timex_offset_seconds", 23),
            SignalInput("node_time_seconds", 24), SignalInput("node_boot_time_seconds", 25),
            SignalInput("node_vmstat_pswpin", 26, rate: true),
            SignalInput("node_vmstat_pswpout", 27, rate: true),
            SignalInput("process_cpu_seconds_total", 28, rate: true),
            SignalInput("process_resident_memory_bytes", 29),
            SignalInput(increaseOf: "martlet_agent_dropped_total", 30),
            SignalInput("node_processes_pids", 31),
            SignalInput("node_context_switches_total", 32, rate: true),
            SignalInput("node_intr_total", 33, rate: true),
            SignalInput("node_memory_MemFree_bytes", 34),
            SignalInput(increaseOf: "node_vmstat_oom_kill", 35),
        ],
        formulas: [
            SignalFormula("load.1", 0), SignalFormula("load.5", 1), SignalFormula("load.15", 2),
            SignalFormula("memory.total", 3), SignalFormula("memory.available", 4),
            SignalFormula("memory.cached", 5),
            SignalFormula("memory.buffers", 6), SignalFormula("memory.anonymous", 7),
            SignalFormula("memory.free", 34),
            SignalFormula("memory.used", [3, 4]) { 1 - $0[4] / $0[3] }, SignalFormula("swap.total", 8),
            SignalFormula("swap.used", [8, 9]) { $0[8] > 0 ? 1 - $0[9] / $0[8] : .nan },
            SignalFormula("swap.rate", [26, 27]) { $0[26] + $0[27] },
            SignalFormula(share: "pressure.cpu", 10),
            SignalFormula(share: "pressure.memory", 11), SignalFormula(share: "pressure.io", 12),
            SignalFormula(share: "pressure.io.full", 13), SignalFormula(share: "pressure.memory.full", 14),
            SignalFormula("processes.running", 15), SignalFormula("processes.blocked", 16),
            SignalFormula("processes.total", 31),
            SignalFormula("tcp.retransmits", [17, 18]) { $0[18] > 0 ? $0[17] / $0[18] : .nan },
            SignalFormula("files.used", [19, 20]) { $0[20] > 0 ? $0[19] / $0[20] : .nan },
            SignalFormula("conntrack.used", [21, 22]) { $0[22] > 0 ? $0[21] / $0[22] : .nan },
            SignalFormula("clock.offset", [23]) { abs($0[23]) },
            SignalFormula("host.uptime", [24, 25]) { $0[24] - $0[25] }, SignalFormula("agent.cpu", 28),
            SignalFormula("agent.memory", 29), SignalFormula("agent.dropped", 30),
            SignalFormula("context.switches", 32), SignalFormula("interrupts", 33),
            SignalFormula("oom.kills", 35),
        ])

    private static func mode(_ name: String, _ input: Int) -> SignalInput {
        SignalInput("node_cpu_seconds_total", input, rate: true, where: ("mode", name))
    }

    private static let cpu = SubjectKind(
        label: "cpu", signalLabel: "cpu", inputCount: 7,
        inputs: [
            mode("user", 0), mode("nice", 1), mode("system", 2), mode("irq", 3), mode("softirq", 4),
            mode("steal", 5),
            mode("iowait", 6),
        ],
        formulas: [
            SignalFormula("cpu.core", [0, 1, 2, 3, 4, 5]) {
                min(1, $0[0] + $0[1] + $0[2] + $0[3] + $0[4] + $0[5])
            },
            SignalFormula("cpu.core.user", [0, 1]) { min(1, $0[0] + $0[1]) },
            SignalFormula("cpu.core.system", [2]) { min(1, $0[2]) },
            SignalFormula("cpu.core.irq", [3, 4]) { min(1, $0[3] + $0[4]) },
            SignalFormula("cpu.core.iowait", [6]) { min(1, $0[6]) },
            SignalFormula("cpu.core.steal", [5]) { min(1, $0[5]) },
        ])

    private static let disk = SubjectKind(
        label: "device", signalLabel: "device", inputCount: 7,
        inputs: [
            SignalInput("node_disk_io_time_seconds_total", 0, rate: true),
            SignalInput("node_disk_read_time_seconds_total", 1, rate: true),
            SignalInput("node_disk_write_time_seconds_total", 2, rate: true),
            SignalInput("node_disk_reads_completed_total", 3, rate: true),
            SignalInput("node_disk_writes_completed_total", 4, rate: true),
            SignalInput("node_disk_read_bytes_total", 5, rate: true),
            SignalInput("node_disk_written_bytes_total", 6, rate: true),
        ],
        formulas: [
            SignalFormula("disk.busy", [0]) { min(1, $0[0]) },
            SignalFormula("disk.latency", [1, 2, 3, 4]) {
                $0[3] + $0[4] > 0 ? ($0[1] + $0[2]) / ($0[3] + $0[4]) : .nan
            },
            SignalFormula("disk.read", 5), SignalFormula("disk.write", 6),
            SignalFormula("disk.operations", [3, 4]) { $0[3] + $0[4] },
        ])

    private static let mount = SubjectKind(
        label: "mountpoint", signalLabel: "mount", inputCount: 6,
        inputs: [
            SignalInput("node_filesystem_avail_bytes", 0), SignalInput("node_filesystem_size_bytes", 1),
            SignalInput("node_filesystem_free_bytes", 2), SignalInput("node_filesystem_files", 3),
            SignalInput("node_filesystem_files_free", 4), SignalInput("node_filesystem_readonly", 5),
        ],
        formulas: [
            SignalFormula("disk.used", [0, 1, 2]) { values in
                let whole = values[1] - values[2] + values[0]
                return whole > 0 ? 1 - values[0] / whole : .nan
            },
            SignalFormula("disk.free", 0), SignalFormula("disk.size", 1),
            SignalFormula("inodes.used", [3, 4]) { $0[3] > 0 ? 1 - $0[4] / $0[3] : .nan },
        ],
        // What nobody can write to does not fill: an image is full for ever.
        exclusion: 5)

    private static let network = SubjectKind(
        label: "device", signalLabel: "device", inputCount: 6,
        inputs: [
            SignalInput("node_network_receive_bytes_total", 0, rate: true),
            SignalInput("node_network_transmit_bytes_total", 1, rate: true),
            SignalInput("node_network_receive_errs_total", 2, rate: true),
            SignalInput("node_network_transmit_errs_total", 3, rate: true),
            SignalInput("node_network_receive_drop_total", 4, rate: true),
            SignalInput("node_network_transmit_drop_total", 5, rate: true),
        ],
        formulas: [
            SignalFormula("net.receive", 0), SignalFormula("net.transmit", 1),
            SignalFormula("net.errors", [2, 3]) { $0[2] + $0[3] },
            SignalFormula("net.drops", [4, 5]) { $0[4] + $0[5] },
        ],
        weight: { name in
            switch NetworkDevice(name) {
            case .outer: .whole
            case .inner: .spare
            case .loopback: .none
            }
        })

    private static let sensor = SubjectKind(
        label: "sensor", signalLabel: "sensor", inputCount: 1,
        inputs: [SignalInput("node_hwmon_temp_celsius", 0)],
        formulas: [SignalFormula("temperature", 0)])

    private static let systemd = SubjectKind(
        label: "name", signalLabel: "unit", inputCount: 1,
        inputs: [SignalInput("node_systemd_unit_state", 0, where: ("state", "failed"))],
        formulas: [SignalFormula("unit.failed", 0)])

    private static let restarts = SubjectKind(
        label: "name", signalLabel: "unit", inputCount: 1,
        inputs: [SignalInput(increaseOf: "node_systemd_service_restart_total", 0)],
        formulas: [SignalFormula("unit.restarts", 0)])

    private static let raid = SubjectKind(
        label: "device", signalLabel: "device", inputCount: 2,
        inputs: [
            SignalInput("node_md_disks_required", 0),
            SignalInput("node_md_disks", 1, where: ("state", "active")),
        ],
        formulas: [SignalFormula("raid.missing", [0, 1]) { max(0, $0[0] - $0[1]) }])

    private static let probe = SubjectKind(
        label: "probe", signalLabel: "probe", inputCount: 2,
        inputs: [
            SignalInput("martlet_probe_success", 0), SignalInput("martlet_probe_duration_seconds", 1),
        ],
        formulas: [SignalFormula("probe.up", 0), SignalFormula("probe.duration", 1)])

    private static func unit(_ kind: String) -> SubjectKind {
        let prefix = "martlet_\(kind)"
        return SubjectKind(
            label: kind, signalLabel: kind, inputCount: 8,
            inputs: [
                SignalInput("\(prefix)_cpu_seconds_total", 0, rate: true),
                SignalInput("\(prefix)_memory_bytes", 1),
                SignalInput("\(prefix)_io_read_bytes_total", 2, rate: true),
                SignalInput("\(prefix)_io_written_bytes_total", 3, rate: true),
                SignalInput("\(prefix)_pressure_cpu_waiting_seconds_total", 4, rate: true),
                SignalInput("\(prefix)_pressure_memory_waiting_seconds_total", 5, rate: true),
                SignalInput("\(prefix)_pressure_io_waiting_seconds_total", 6, rate: true),
            ],
            formulas: [
                SignalFormula("\(kind).cpu", 0), SignalFormula("\(kind).memory", 1),
                SignalFormula("\(kind).read", 2),
                SignalFormula("\(kind).write", 3), SignalFormula(share: "\(kind).pressure.cpu", 4),
                SignalFormula(share: "\(kind).pressure.memory", 5),
                SignalFormula(share: "\(kind).pressure.io", 6),
            ])
    }
}
