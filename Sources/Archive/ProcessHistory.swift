import Telemetry

/// The process tables of one host over the last hour; texts that repeat are kept once.
struct ProcessHistory: Sendable {
    private var tables: [ProcessTable] = []
    private var texts: Set<String> = []

    /// At most one table in this time is kept; a screen that looks gets them more often.
    private static let distanceMilliseconds: Int64 = 4500
    private static let keptMilliseconds: Int64 = 3_600_000
    /// A full table is cut to its busiest rows.
    private static let rowsMax = 100
    /// A table stands for this long; after that it is history's gap.
    private static let validMilliseconds: Int64 = 10_000

    mutating func append(_ table: ProcessTable) {
        if let last = tables.last, table.time.milliseconds(since: last.time) < Self.distanceMilliseconds {
            return
        }
        var kept = table
        if kept.rows.count > Self.rowsMax {
            kept.rows = Array(kept.rows.sorted { $0.cpuHundredths > $1.cpuHundredths }.prefix(Self.rowsMax))
            kept.isComplete = false
        }
        for row in kept.rows.indices {
            kept.rows[row].user = interned(kept.rows[row].user)
            kept.rows[row].command = interned(kept.rows[row].command)
            kept.rows[row].commandLine = interned(kept.rows[row].commandLine)
            kept.rows[row].unit = interned(kept.rows[row].unit)
        }
        tables.append(kept)
    }

    mutating func expire(at now: Timestamp) {
        let edge = now.advanced(byMilliseconds: -Self.keptMilliseconds)
        guard let first = tables.first, first.time < edge else { return }
        tables.removeAll { $0.time < edge }
        // Rebuilt from what is left, so that the texts of processes long gone go too.
        texts.removeAll(keepingCapacity: true)
        for table in tables {
            for row in table.rows { texts.formUnion([row.user, row.command, row.commandLine, row.unit]) }
        }
    }

    mutating func forget(after time: Timestamp) {
        tables.removeAll { $0.time > time }
    }

    func table(at time: Timestamp) -> ProcessTable? {
        guard let table = tables.last(where: { $0.time <= time }) else { return nil }
        return time.milliseconds(since: table.time) <= Self.validMilliseconds ? table : nil
    }

    private mutating func interned(_ text: String) -> String {
        texts.insert(text).memberAfterInsert
    }
}
