package import Telemetry

/// The CPU share of each process in the last eight scans, for the column TREND.
///
/// Eight bytes a process, newest in the lowest byte: 0 where it was not seen, else 1 to 255 for none to one whole
/// core. Kept for the processes of the last table alone.
package struct ProcessTrends: Sendable {
    package static let length = 8
    private var recent: [ProcessIdentity: UInt64] = [:]
    private var lastTime: Timestamp?

    package init() {}

    /// Takes in the next table; one that is not later than the one before starts anew.
    package mutating func take(_ table: ProcessTable) {
        let isLater = lastTime.map { $0 < table.time } ?? false
        lastTime = table.time
        let before = isLater ? recent : [:]
        recent = Dictionary(minimumCapacity: table.rows.count)
        for row in table.rows {
            let share = Double(max(0, row.cpuHundredths)) / 10_000
            let level = UInt64(1 + (min(share, 1) * 254).rounded())
            let identity = ProcessIdentity(row)
            recent[identity] = before[identity, default: 0] << 8 | level
        }
    }

    /// How many scans ago it last showed a share of CPU, 0 to 7; 8 for not within those that are kept.
    package func scansSinceBusy(of row: ProcessRow) -> Int {
        let packed = recent[ProcessIdentity(row)] ?? 0
        return (0..<Self.length).first { packed >> UInt64(8 * $0) & 0xFF > 1 } ?? Self.length
    }

    /// Shares of one core, oldest first; NaN for scans that did not see it.
    package func values(of row: ProcessRow) -> [Double] {
        let packed = recent[ProcessIdentity(row)] ?? 0
        return (0..<Self.length).reversed().map { scan in
            let level = packed >> UInt64(8 * scan) & 0xFF
            return level == 0 ? .nan : Double(level - 1) / 254
        }
    }
}
