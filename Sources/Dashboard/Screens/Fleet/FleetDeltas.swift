import Fleet
import Telemetry

/// Which numbers just moved, for an arrow that fades: `97^`.
struct FleetDeltas: Sendable {
    enum Direction: Sendable {
        case up, down
    }

    private struct Mark: Sendable {
        var value: Double
        var direction: Direction?
        /// Looks that the arrow is still shown for.
        var left = 0
    }

    private struct Key: Hashable, Sendable {
        let host: HostID
        let column: FleetColumn
    }

    private static let looks = 3
    private var marks: [Key: Mark] = [:]

    /// Looks at the hosts that are seen; what is said of others is forgotten.
    mutating func look(at hosts: [HostState], _ context: ScreenContext) {
        var next: [Key: Mark] = [:]
        for host in hosts {
            let time = context.time(of: host)
            for column in FleetColumn.allCases {
                guard let notable = column.notableChange else { continue }
                let key = Key(host: host.id, column: column)
                let value = column.value(host, at: time, now: context.now)
                next[key] = Self.moved(marks[key], to: value, notable: notable)
            }
        }
        marks = next
    }

    mutating func clear() {
        marks = [:]
    }

    func direction(_ host: HostID, _ column: FleetColumn) -> Direction? {
        marks[Key(host: host, column: column)]?.direction
    }

    private static func moved(_ mark: Mark?, to value: Double, notable: Double) -> Mark {
        guard var mark, !mark.value.isNaN else { return Mark(value: value) }
        let change = value - mark.value
        if change.magnitude >= notable {
            mark.direction = change > 0 ? .up : .down
            mark.left = looks
        } else if mark.left > 0 {
            mark.left -= 1
            if mark.left == 0 { mark.direction = nil }
        }
        mark.value = value
        return mark
    }
}
