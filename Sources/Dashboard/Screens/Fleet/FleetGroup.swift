import Canvas
import Fleet
import Telemetry
import Text

/// A group of hosts: sums where sums mean something, averages of shares, and how many are not well.
struct FleetGroup: Hashable, Sendable {
    let name: String
    private(set) var count = 0
    private(set) var critical = 0
    private(set) var warning = 0
    private(set) var stale = 0
    /// Of its hosts' agents.
    private var versions: Set<String> = []
    private var sums: [FleetColumn: Double] = [:]
    private var counts: [FleetColumn: Int] = [:]

    init(_ name: String) {
        self.name = name
    }

    private static let columns: [FleetColumn] = [
        .cpu, .memory, .pressure, .load, .disk, .network, .requests, .errors, .slowest, .failed,
    ]
    /// Of these the worst counts: an average would hide it.
    private static let worst: Set<FleetColumn> = [.disk, .pressure, .errors, .slowest]

    mutating func take(_ host: HostState, _ health: FleetHealth, at time: Timestamp, now: Timestamp) {
        count += 1
        if let version = host.summary?.agentVersion, !version.isEmpty { versions.insert(version) }
        switch health.grade {
        case .critical: critical += 1
        case .stale: stale += 1
        case .warning: warning += 1
        case .working, .silenced, .connecting, .off, .well: break
        }
        for column in Self.columns {
            let value = column.value(host, at: time, now: now)
            guard !value.isNaN else { continue }
            counts[column, default: 0] += 1
            let before = sums[column]
            sums[column] =
                Self.worst.contains(column) ? max(before ?? value, value) : (before ?? 0) + value
        }
    }

    func value(_ column: FleetColumn) -> Double {
        guard let sum = sums[column], let count = counts[column] else { return .nan }
        return column == .cpu || column == .memory || column == .load ? sum / Double(count) : sum
    }

    var hasVersions: Bool { versions.count > 1 }

    /// The agents' version, or how many there are: `mixed 2`.
    var version: SafeText {
        hasVersions
            ? "mixed \(Format.integer(versions.count))" : versions.first.map { SafeText($0) } ?? Format.absent
    }

    /// `X3 !31 ?7`.
    var troubles: SafeText {
        [("X", critical), ("!", warning), ("?", stale)].filter { $0.1 > 0 }
            .map { "\($0.0)\($0.1)" as SafeText }.joined(separator: " ")
    }

    /// The mark of its worst host.
    var worst: SafeText { critical > 0 ? "X" : stale > 0 ? "?" : warning > 0 ? "!" : " " }

    var style: Style {
        critical > 0
            ? Style(.critical) : warning > 0 ? Style(.warning) : stale > 0 ? Style(.stale) : Style(.title)
    }
}
