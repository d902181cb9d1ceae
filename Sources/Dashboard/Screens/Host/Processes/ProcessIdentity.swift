package import Telemetry

/// What tells a process from another that gets its number later: the number and the moment of its start.
package struct ProcessIdentity: Hashable, Sendable {
    package let pid: Int32
    package let startTicks: UInt64

    package init(_ row: ProcessRow) {
        pid = row.pid
        startTicks = row.startTicks
    }
}
