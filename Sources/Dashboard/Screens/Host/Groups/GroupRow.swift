import Fleet
import Telemetry
package import Text

/// A unit or a container with what it uses at the moment shown; what is not known is NaN.
struct GroupRow: Hashable, Sendable {
    let name: String
    /// CPUs in use: 1 is one whole core.
    let cpu: Double
    let memory: Double
    let read: Double
    let write: Double
    let pressureCPU: Double
    let pressureMemory: Double
    let pressureIO: Double
    let isFailed: Bool
    let restarts: Double

    /// All groups of a kind that have any figure now.
    static func all(_ kind: GroupKind, _ reading: HostReading) -> [GroupRow] {
        let prefix = kind.rawValue
        var names = Set(reading.host.subjects(of: "\(prefix).cpu"))
        names.formUnion(reading.host.subjects(of: "\(prefix).memory"))
        names.formUnion(reading.host.subjects(of: "\(prefix).failed"))
        return names.compactMap { name in
            let labels = Labels([Label(prefix, name)])
            func value(_ signal: String) -> Double { reading.slowValue("\(prefix).\(signal)", labels) }
            let row = GroupRow(
                name: name, cpu: value("cpu"), memory: value("memory"), read: value("read"),
                write: value("write"),
                pressureCPU: value("pressure.cpu"), pressureMemory: value("pressure.memory"),
                pressureIO: value("pressure.io"), isFailed: value("failed") > 0, restarts: value("restarts"))
            return row.cpu.isNaN && row.memory.isNaN && !row.isFailed ? nil : row
        }
    }
}

/// What the groups are sorted by.
package enum GroupSort: Hashable, Sendable, CaseIterable {
    case name, cpu, memory, read, write, pressure

    package var title: SafeText {
        switch self {
        case .name: "name"
        case .cpu: "cpu"
        case .memory: "memory"
        case .read: "read"
        case .write: "write"
        case .pressure: "pressure"
        }
    }

    package func moved(by columns: Int) -> GroupSort {
        let all = Self.allCases
        let place = all.firstIndex(of: self) ?? 0
        return all[max(0, min(place &+ max(-all.count, min(columns, all.count)), all.count - 1))]
    }

    /// In order: names from the first, loads from the largest, what is not known last; equal ones by name.
    func order(_ rows: [GroupRow], isInverted: Bool) -> [GroupRow] {
        let isAscending = (self == .name) != isInverted
        return rows.sorted { left, right in
            if self == .name { return (left.name < right.name) == isAscending && left.name != right.name }
            let (one, other) = (figure(left), figure(right))
            if one != other { return (one < other) == isAscending }
            return left.name < right.name
        }
    }

    /// Rounded to what is shown, so that equal rows hold still.
    private func figure(_ row: GroupRow) -> Double {
        let value =
            switch self {
            case .name: 0.0
            case .cpu: (row.cpu * 1000).rounded()
            case .memory: (row.memory / 1_048_576).rounded()
            case .read: (row.read / 1024).rounded()
            case .write: (row.write / 1024).rounded()
            case .pressure: (max(row.pressureCPU, row.pressureMemory, row.pressureIO) * 100).rounded()
            }
        return value.isNaN ? -1 : value
    }
}
