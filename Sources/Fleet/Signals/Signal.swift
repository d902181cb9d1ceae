/// What a signal is measured in; the query bar, rules and screens read and print numbers by it.
package enum SignalUnit: Hashable, Sendable, CaseIterable {
    /// A share of one; written in percent.
    case ratio
    case bytes
    case bytesPerSecond
    /// Things a second.
    case perSecond
    /// A number of things.
    case count
    case seconds
    /// A plain number, as a load.
    case number
    case celsius
    /// 0 or 1.
    case flag
}

/// What a rise of a signal means to the one who watches.
package enum Polarity: Hashable, Sendable {
    case lowIsGood
    case highIsGood
    case neutral
}

/// A row of the catalogue: what a number about a host or a service is called, measured in, and computed from.
///
/// Columns, the query bar, rules and gates all mean the same by a name because they all ask here.
package struct Signal: Hashable, Sendable {
    /// `cpu`, `disk.used`.
    package let name: String
    package let unit: SignalUnit
    /// The window where none is written; nil where the signal is of one moment.
    package let windowSeconds: Int64?
    /// The labels that tell its instances apart: `host`, or `host` and `mount`, or `service`.
    package let identity: [String]
    /// The definition, with W where the window stands; empty where only screens show it.
    package let promQL: String
    /// The heading of its column.
    package let title: String
    /// One line, for help and completion.
    package let help: String
    package let polarity: Polarity
    /// The value at full height in graphs; nil where the graph finds its own.
    package let scale: Double?

    init(
        _ name: String, _ unit: SignalUnit, _ title: String, _ help: String,
        over windowSeconds: Int64? = nil, per identity: [String] = ["host"],
        polarity: Polarity = .neutral, scale: Scale = .ofUnit, promQL: String = ""
    ) {
        self.name = name
        self.unit = unit
        self.windowSeconds = windowSeconds
        self.identity = identity
        self.promQL = promQL
        self.title = title
        self.help = help
        self.polarity = polarity
        self.scale =
            switch scale {
            case .ofUnit: unit == .ratio || unit == .flag ? 1 : nil
            case .automatic: nil
            case .to(let full): full
            }
    }

    /// Where the top of a graph is.
    enum Scale {
        /// One for shares and flags, automatic for the rest.
        case ofUnit
        case automatic
        case to(Double)
    }

    /// Every signal, those of one subject together; names are unique.
    package static let catalogue: [Signal] = hostSignals + deviceSignals + unitSignals + serviceSignals

    package static func named(_ name: String) -> Signal? {
        byName[name]
    }

    /// Numbers of a process row that the query bar compares; no host has them.
    package static let processFields = [
        Signal("memory", .bytes, "MEM", "resident memory of a process", per: ["host", "pid"]),
        Signal("io", .bytesPerSecond, "IO", "bytes that a process reads and writes", per: ["host", "pid"]),
        Signal("threads", .count, "THR", "threads of a process", per: ["host", "pid"]),
        Signal("time", .seconds, "TIME+", "CPU time of a process since its start", per: ["host", "pid"]),
        Signal("age", .seconds, "AGE", "time since a process started", per: ["host", "pid"]),
    ]

    /// What may stand on the left of a comparison in the query bar.
    package static func comparable(_ name: String) -> Signal? {
        byName[name] ?? shortNames[name].flatMap { byName[$0] } ?? processFields.first { $0.name == name }
    }

    /// What fingers write for the signals of services: `5xx > 1%`, `p99 > 200ms`.
    package static let shortNames = [
        "rps": "http.rate", "5xx": "http.error_ratio", "4xx": "http.client_error_ratio", "p50": "http.p50",
        "p90": "http.p90", "p95": "http.p95", "p99": "http.p99",
    ]

    /// Whether a view of many hosts carries it of each.
    package var isFleetColumn: Bool {
        Self.fleetColumns.contains(name)
    }

    private static let byName = Dictionary(
        catalogue.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    private static let fleetColumns: Set<String> = [
        "cpu", "memory.used", "swap.used", "load.1", "load.per_core", "pressure.cpu", "pressure.memory",
        "pressure.io", "disk.fullest", "disk.busiest", "net.receive.all", "net.transmit.all", "units.failed",
        "host.uptime", "processes.total", "http.rate.all", "http.error_ratio.all", "http.p50.slowest",
        "http.p95.slowest", "http.p99.slowest",
    ]
}
