import Fleet
import Telemetry

/// A process as the query bar sees it.
struct ProcessQueryRow: QueryRow {
    let row: ProcessRow
    /// Seconds since the host came up, for `age`; NaN where unknown.
    let uptimeSeconds: Double

    func values(of attribute: String) -> [String] {
        switch attribute {
        case "pid": ["\(row.pid)"]
        case "user": [row.user]
        case "command": [row.command]
        case "unit": row.unit.isEmpty ? [] : [row.unit]
        case "state": [String(Unicode.Scalar(row.state))]
        default: []
        }
    }

    /// What a process has no history of, it has only now: a statistic over a window is its present value.
    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double? {
        switch signal {
        case "cpu": return Double(row.cpuHundredths) / 10_000
        case "memory": return Double(row.residentBytes)
        case "io": return row.ioBytesPerSecond.map(Double.init)
        case "threads": return Double(row.threads)
        case "time": return Double(row.cpuMilliseconds) / 1000
        case "age":
            let age = uptimeSeconds - Double(row.startTicks) / Self.ticksPerSecond
            return age.isFinite ? max(0, age) : nil
        default: return nil
        }
    }

    var words: [String] { [row.command, row.commandLine] }

    /// The kernel's USER_HZ, which is 100 on every Linux that reports ticks to programs.
    static let ticksPerSecond = 100.0
}

/// A unit or a container as the query bar sees it.
struct GroupQueryRow: QueryRow {
    let row: GroupRow
    let kind: GroupKind

    func values(of attribute: String) -> [String] {
        switch attribute {
        case kind.rawValue: [row.name]
        case "state": [row.isFailed ? "failed" : "active"]
        default: []
        }
    }

    /// Both `cpu` and the catalogue's `unit.cpu`.
    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double? {
        let prefix = "\(kind.rawValue)."
        let name = signal.hasPrefix(prefix) ? String(signal.dropFirst(prefix.count)) : signal
        let value =
            switch name {
            case "cpu": row.cpu
            case "memory": row.memory
            case "read": row.read
            case "write": row.write
            case "io": row.read + row.write
            case "pressure.cpu": row.pressureCPU
            case "pressure.memory": row.pressureMemory
            case "pressure.io": row.pressureIO
            case "restarts": row.restarts
            case "failed": row.isFailed ? 1.0 : 0.0
            default: Double.nan
            }
        return value.isNaN ? nil : value
    }

    var words: [String] { [row.name] }
}
