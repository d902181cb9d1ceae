package import Telemetry

/// How often a probe is due. A tick is one second (or the stream's own interval).
package enum Tier: UInt8, Sendable, CaseIterable {
    /// Every tick: the counters that move.
    case second
    /// Every 2 to 5 seconds, shortened or stretched by what it costs.
    case scan
    /// Every 10 seconds.
    case tenSeconds
    /// Every minute: what changes when a person or udev changes it.
    case minute
    /// In the first tick, and then only when the probe wants it: somebody else has to answer first.
    case whenAnswered
}

/// Reads one source on this host. A probe is a class so that it keeps descriptors and slots
/// between ticks; once warm, `read` allocates nothing.
package protocol Probe: AnyObject {
    /// node_exporter's name for the collector: the label `collector` of its self metrics.
    var name: String { get }
    var tier: Tier { get }

    /// Reads the source and sets a raw value for each of its series.
    ///
    /// Throws when the source as a whole cannot be read; one device, mount or process that vanishes
    /// while it is being read is not an error. `.notApplicable` says that this host cannot have it.
    func read(into readings: inout Readings, at now: TickTime) throws(ProbeError)

    /// Whether to be read in this tick although the tier is not due: a helper has answered, or work is left over.
    func wantsReading(at now: TickTime) -> Bool
}

extension Probe {
    package func wantsReading(at now: TickTime) -> Bool { false }
}

/// The clocks of one tick, read once.
package struct TickTime: Sendable {
    /// CLOCK_REALTIME.
    package var wall: Timestamp
    /// CLOCK_BOOTTIME in nanoseconds: never steps, counts sleep.
    package var bootNanoseconds: UInt64

    package init(wall: Timestamp, bootNanoseconds: UInt64) {
        self.wall = wall
        self.bootNanoseconds = bootNanoseconds
    }

    package var bootMilliseconds: UInt64 { bootNanoseconds / 1_000_000 }
}

/// Why a probe gave nothing this time.
package enum ProbeError: Error, Equatable, CustomStringConvertible {
    /// The file could not be opened or read; `errno` as in errno(3).
    case unreadable(path: String, errno: Int32)
    /// The content is not what the kernel documents; `reason` names the field or line.
    case malformed(path: String, reason: String)
    /// This host cannot have the source (an old kernel, no such hardware): data is not missing.
    case notApplicable(reason: String)
    /// The helper that reads it has not answered within its budget.
    case overdue(what: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let errno): "\(path): cannot be read (errno \(errno))"
        case .malformed(let path, let reason): "\(path): \(reason)"
        case .notApplicable(let reason): "not applicable: \(reason)"
        case .overdue(let what): "\(what) has not answered in time"
        }
    }
}
