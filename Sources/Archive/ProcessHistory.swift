import Telemetry

/// The process tables of one host over the last hour, packed: what a process is stands once for all its tables, and
/// a row is a dozen bytes that say how it was.
struct ProcessHistory: Sendable {
    /// What of a row stays while the process runs one program.
    private struct Identity: Hashable, Sendable {
        let pid: Int32
        let parent: Int32
        let startTicks: UInt64
        let user: String
        let command: String
        let commandLine: String
        let unit: String

        init(_ row: ProcessRow) {
            pid = row.pid
            parent = row.parent
            startTicks = row.startTicks
            user = row.user
            command = row.command
            commandLine = row.commandLine
            unit = row.unit
        }

        /// Memory that it takes in the table and in the dictionary.
        var bytes: Int {
            2 * MemoryLayout<Identity>.stride + 48
                + [user, command, commandLine, unit].reduce(0) {
                    $0 + ($1.utf8.count > 15 ? $1.utf8.count + 32 : 0)
                }
        }
    }

    private struct Table: Sendable {
        let time: Timestamp
        let isComplete: Bool
        let total: Int32
        let count: Int
        let rows: [UInt8]
        /// A table stands for this long; after that it is history's gap.
        let validMilliseconds: Int64

        var bytes: Int { rows.capacity + 32 + MemoryLayout<Table>.stride }

        func isNear(_ table: ProcessTable) -> Bool {
            abs(table.time.milliseconds(since: time)) < ProcessHistory.distanceMilliseconds
        }
    }

    private var tables: [Table] = []
    private var identities: [Identity?] = []
    private var uses: [Int32] = []
    private var places: [Identity: Int] = [:]
    private var free: [Int] = []
    /// Memory that all of it takes.
    private(set) var bytes = 0

    /// At most one table in this time is kept; a screen that looks gets them more often.
    private static let distanceMilliseconds: Int64 = 4500
    private static let keptMilliseconds: Int64 = 3_600_000
    /// A full table is cut to its busiest rows.
    private static let rowsMax = 100
    private static let usualMilliseconds: Int64 = 10_000
    /// A recorder keeps one each half minute.
    private static let recordedMilliseconds: Int64 = 40_000
    /// Tables that go together when the head is full: a minute of them.
    private static let tablesDropped = 12

    var isEmpty: Bool { tables.isEmpty }
    var oldest: Timestamp? { tables.first?.time }

    mutating func append(_ table: ProcessTable) {
        if let last = tables.last, table.time.milliseconds(since: last.time) < Self.distanceMilliseconds {
            return
        }
        keep(table, validMilliseconds: Self.usualMilliseconds)
    }

    private mutating func keep(_ table: ProcessTable, validMilliseconds: Int64) {
        var rows = table.rows
        if rows.count > Self.rowsMax {
            rows = Array(rows.sorted { $0.cpuHundredths > $1.cpuHundredths }.prefix(Self.rowsMax))
        }
        var packed = PackedBytes()
        for row in rows { write(row, to: &packed) }
        let kept = Table(
            time: table.time, isComplete: table.isComplete && rows.count == table.rows.count,
            total: table.total, count: rows.count, rows: packed.sealed,
            validMilliseconds: validMilliseconds)
        tables.append(kept)
        bytes += kept.bytes
    }

    /// Puts recorded tables between those that are here, which stay.
    mutating func insert(_ past: [ProcessTable]) {
        let here = tables
        var mine = here.map { (table: unpacked($0), valid: $0.validMilliseconds) }
        drop(tables.count)
        let first = here.first?.time
        for table in past
        where first.map({ table.time < $0 }) ?? true || !here.contains(where: { $0.isNear(table) }) {
            mine.append((table, Self.recordedMilliseconds))
        }
        mine.sort { $0.table.time < $1.table.time }
        for known in mine { keep(known.table, validMilliseconds: known.valid) }
    }

    mutating func expire(at now: Timestamp) {
        let edge = now.advanced(byMilliseconds: -Self.keptMilliseconds)
        drop(tables.prefix { $0.time < edge }.count)
    }

    mutating func forget(after time: Timestamp) {
        while let last = tables.last, last.time > time {
            release(last)
            tables.removeLast()
        }
    }

    mutating func dropOldest() {
        drop(min(Self.tablesDropped, tables.count))
    }

    func table(at time: Timestamp) -> ProcessTable? {
        guard let table = tables.last(where: { $0.time <= time }),
            time.milliseconds(since: table.time) <= table.validMilliseconds
        else { return nil }
        return unpacked(table)
    }

    private func unpacked(_ table: Table) -> ProcessTable {
        var reader = PackedReader(table.rows)
        return ProcessTable(
            time: table.time, isComplete: table.isComplete, total: table.total,
            rows: (0..<table.count).compactMap { _ in read(&reader) })
    }

    // MARK: A row: identity, state, then the CPU share, CPU time, memory, threads and I/O (0 for none, else one more)

    private mutating func write(_ row: ProcessRow, to packed: inout PackedBytes) {
        packed.append(UInt64(place(of: Identity(row))))
        packed.append(UInt64(row.state))
        packed.append(UInt64(UInt32(bitPattern: row.cpuHundredths)))
        packed.append(row.cpuMilliseconds)
        packed.append(row.residentBytes)
        packed.append(UInt64(UInt32(bitPattern: row.threads)))
        packed.append(row.ioBytesPerSecond.map { $0 == .max ? .max : $0 + 1 } ?? 0)
    }

    private func read(_ reader: inout PackedReader) -> ProcessRow? {
        let place = Int(truncatingIfNeeded: reader.next())
        let state = UInt8(truncatingIfNeeded: reader.next())
        let share = Int32(truncatingIfNeeded: reader.next())
        let (time, memory) = (reader.next(), reader.next())
        let threads = Int32(truncatingIfNeeded: reader.next())
        let traffic = reader.next()
        guard identities.indices.contains(place), let identity = identities[place] else { return nil }
        return ProcessRow(
            pid: identity.pid, parent: identity.parent, startTicks: identity.startTicks, state: state,
            user: identity.user, cpuHundredths: share, cpuMilliseconds: time, residentBytes: memory,
            ioBytesPerSecond: traffic == 0 ? nil : traffic - 1, threads: threads, command: identity.command,
            commandLine: identity.commandLine, unit: identity.unit)
    }

    // MARK: Identities, counted by the rows that name them

    private mutating func place(of identity: Identity) -> Int {
        if let place = places[identity] {
            uses[place] += 1
            return place
        }
        bytes += identity.bytes
        let place: Int
        if let reused = free.popLast() {
            place = reused
            identities[place] = identity
            uses[place] = 1
        } else {
            place = identities.count
            identities.append(identity)
            uses.append(1)
        }
        places[identity] = place
        return place
    }

    private mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        for table in tables.prefix(count) { release(table) }
        tables.removeFirst(count)
    }

    private mutating func release(_ table: Table) {
        bytes -= table.bytes
        var reader = PackedReader(table.rows)
        for _ in 0..<table.count {
            let place = Int(truncatingIfNeeded: reader.next())
            for _ in 0..<6 { _ = reader.next() }
            guard identities.indices.contains(place), let identity = identities[place] else { continue }
            uses[place] -= 1
            guard uses[place] == 0 else { continue }
            bytes -= identity.bytes
            places[identity] = nil
            identities[place] = nil
            free.append(place)
        }
    }
}
