package import Telemetry

/// One sampling: the values of every series of every group that was read, changed or not.
package struct Tick: Equatable, Sendable {
    package var sequence: UInt64
    package var time: Timestamp
    /// CLOCK_BOOTTIME on the sender: never steps, counts sleep.
    package var bootMilliseconds: Int64
    package var isSnapshot: Bool
    /// Whether it tells of a past moment what was learned only now: to be drawn there, and never acted on.
    package var isLate: Bool
    package var samples: [TickSample]
    /// Series whose group was read and which had no value then: what they had before is no value of now.
    package var gaps: [Int32]

    package init(
        sequence: UInt64, time: Timestamp, bootMilliseconds: Int64 = 0, isSnapshot: Bool,
        isLate: Bool = false, samples: [TickSample], gaps: [Int32] = []
    ) {
        self.sequence = sequence
        self.time = time
        self.bootMilliseconds = bootMilliseconds
        self.isSnapshot = isSnapshot
        self.isLate = isLate
        self.samples = samples
        self.gaps = gaps
    }
}

/// One series' value in a tick.
package struct TickSample: Equatable, Sendable {
    package var index: Int32
    /// Milliseconds after the tick's time at which the value was read.
    package var ageMilliseconds: UInt32
    package var value: Double

    package init(index: Int32, ageMilliseconds: UInt32, value: Double) {
        self.index = index
        self.ageMilliseconds = ageMilliseconds
        self.value = value
    }
}
