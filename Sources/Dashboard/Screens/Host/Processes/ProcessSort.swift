package import Telemetry
package import Text

/// What the process table is sorted by: its columns, in their order on the screen.
package enum ProcessSort: Hashable, Sendable, CaseIterable {
    case pid, user, cpu, memory, io, threads, time, state, command

    /// What the picker and the heading call it.
    package var title: SafeText {
        switch self {
        case .pid: "pid"
        case .user: "user"
        case .cpu: "cpu"
        case .memory: "memory"
        case .io: "i/o"
        case .threads: "threads"
        case .time: "cpu time"
        case .state: "state"
        case .command: "command"
        }
    }

    /// The next column to the right, or to the left; the ends hold.
    package func moved(by columns: Int) -> ProcessSort {
        let all = Self.allCases
        let place = all.firstIndex(of: self) ?? 0
        return all[max(0, min(place &+ max(-all.count, min(columns, all.count)), all.count - 1))]
    }

    /// Names and numbers begin with the smallest, loads with the largest.
    package var isAscendingAtFirst: Bool {
        switch self {
        case .pid, .user, .state, .command: true
        case .cpu, .memory, .io, .threads, .time: false
        }
    }

    /// The places of `rows` in order. Total: rows that the column cannot tell apart stand by PID, so that equal
    /// rows never trade places between two scans.
    ///
    /// Most processes idle most of the time. By CPU those that ran lately, as `trends` knows, stand before the others:
    /// who pauses keeps about its place, and what stands below does not move each time somebody does.
    package func order(
        _ rows: [ProcessRow], isInverted: Bool = false, trends: ProcessTrends = ProcessTrends()
    ) -> [Int] {
        let isAscending = isAscendingAtFirst != isInverted
        switch self {
        case .user: return ordered(rows, isAscending, \.user)
        case .state: return ordered(rows, isAscending, \.state)
        case .command: return ordered(rows, isAscending) { ProcessFormat.command($0) }
        case .pid: return ordered(rows, isAscending, \.pid)
        case .cpu:
            return ordered(rows, isAscending) { row in
                let tenths = ProcessFormat.cpuTenths(row.cpuHundredths)
                return tenths > 0 ? Int(tenths) : -trends.scansSinceBusy(of: row)
            }
        case .memory: return ordered(rows, isAscending, \.residentBytes)
        case .io: return ordered(rows, isAscending) { $0.ioBytesPerSecond.map(Double.init) ?? -1 }
        case .threads: return ordered(rows, isAscending, \.threads)
        case .time: return ordered(rows, isAscending, \.cpuMilliseconds)
        }
    }

    private func ordered<Figure: Comparable>(
        _ rows: [ProcessRow], _ isAscending: Bool, _ figure: (ProcessRow) -> Figure
    ) -> [Int] {
        let figures = rows.map(figure)
        return rows.indices.sorted { left, right in
            if figures[left] != figures[right] { return (figures[left] < figures[right]) == isAscending }
            return rows[left].startsBefore(rows[right], left < right)
        }
    }
}

extension ProcessRow {
    /// By number, then by start; `otherwise` where a table names one process twice.
    fileprivate func startsBefore(_ other: ProcessRow, _ otherwise: Bool) -> Bool {
        if pid != other.pid { return pid < other.pid }
        if startTicks != other.startTicks { return startTicks < other.startTicks }
        return otherwise
    }
}
