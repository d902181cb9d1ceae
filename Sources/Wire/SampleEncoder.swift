package import Telemetry

/// Turns ticks of raw values into frames: the sending side of one session, pure.
///
/// A group is what is read together (a probe on the agent, a host on the hub's live views); a
/// series is a slot in a group. Bytes collect in `bytes` until the caller has written them.
package struct SampleEncoder: Sendable {
    /// Frames ready to be written, in order. The caller removes what it wrote.
    package var bytes: [UInt8] = []

    package init() {}

    /// Returns the index of a new group.
    package mutating func addGroup(_ name: String) -> Int { preconditionFailure() }

    /// Says from the next tick on what `slot` of `group` is.
    package mutating func define(_ definition: SeriesDefinition, slot: Int, group: Int) {
        preconditionFailure()
    }

    package mutating func retire(slot: Int, group: Int) { preconditionFailure() }

    /// Opens a tick; a snapshot carries the whole dictionary and absolute values, so that a reader may begin there.
    package mutating func beginTick(at time: Timestamp, isSnapshot: Bool) { preconditionFailure() }

    /// The raw values of one group read `ageMilliseconds` after the tick began. Only groups that
    /// were read in this tick are appended; slots that are retired are skipped.
    package mutating func append(group: Int, values: Span<Int64>, ageMilliseconds: UInt32) {
        preconditionFailure()
    }

    package mutating func endTick() { preconditionFailure() }
}
