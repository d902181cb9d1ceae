/// Signals of systemd's units, of containers, and of processes that are counted by name.
extension Signal {
    static let unitSignals =
        stateSignals + usage(of: "unit", "a unit") + usage(of: "container", "a container")

    private static let stateSignals = [
        Signal(
            "unit.failed", .flag, "FAILED", "the unit failed", per: ["host", "unit"], polarity: .lowIsGood,
            promQL: #"node_systemd_unit_state{state="failed"}"#),
        Signal(
            "unit.restarts", .count, "RESTARTS", "times the unit was started again", over: 600,
            per: ["host", "unit"], polarity: .lowIsGood,
            promQL: "increase(node_systemd_service_restart_total[W])"),
        Signal("units.failed", .count, "FAILED", "units that failed", polarity: .lowIsGood),
        Signal(
            "process.count", .count, "PROCS", "processes of one name", per: ["host", "name"],
            promQL: "martlet_process_count"),
    ]

    /// What one kind of control group uses; the same table for units and containers.
    private static func usage(of kind: String, _ subject: String) -> [Signal] {
        let identity = ["host", kind]
        return [
            Signal(
                "\(kind).cpu", .ratio, "CPU%", "CPU time of \(subject); 100% is one CPU", over: 60,
                per: identity,
                polarity: .lowIsGood, scale: .automatic),
            Signal(
                "\(kind).memory", .bytes, "MEM", "memory of \(subject)", per: identity, polarity: .lowIsGood),
            Signal(
                "\(kind).read", .bytesPerSecond, "READ", "bytes read by \(subject)", over: 60, per: identity),
            Signal(
                "\(kind).write", .bytesPerSecond, "WRITE", "bytes written by \(subject)", over: 60,
                per: identity),
            Signal(
                "\(kind).pressure.cpu", .ratio, "CPU-P%", "time in which \(subject) waited for a CPU",
                over: 60,
                per: identity, polarity: .lowIsGood),
            Signal(
                "\(kind).pressure.memory", .ratio, "MEM-P%", "time in which \(subject) waited for memory",
                over: 60, per: identity, polarity: .lowIsGood),
            Signal(
                "\(kind).pressure.io", .ratio, "IO-P%", "time in which \(subject) waited for I/O", over: 60,
                per: identity, polarity: .lowIsGood),
        ]
    }
}
