package import Telemetry

/// What one frame says. Ticks and dictionary entries are written by `SampleEncoder`, all else by `FrameEncoder`.
package enum WireMessage: Equatable, Sendable {
    case hello(Hello)
    case define(SeriesDescription)
    /// The series with this index has no more values.
    case retire(index: Int32)
    case tick(Tick)
    /// A histogram series' state at the last tick.
    case histogram(index: Int32, ExponentialHistogram)
    /// `host` is empty on an agent's own link.
    case processes(host: String, ProcessTable)
    case facts(host: String, HostFacts)
    case event(WireEvent)
    /// The history is complete; what follows is live.
    case liveBegins
    case goodbye(reason: String)
    /// The oldest and newest recorded time that the agent could replay.
    case have(from: Timestamp, to: Timestamp)
    case report(Report)
    case subscribe(Subscription)
    /// Send again what came after this sequence number, or a snapshot.
    case resume(sequence: UInt64)
    case replay(from: Timestamp, to: Timestamp, stepMilliseconds: UInt32)
    /// The reader takes this many ticks more.
    case credit(ticks: UInt32)
    case acknowledge(sequence: UInt64)
    case order(Order)
}

/// The first frame of either side.
package struct Hello: Equatable, Sendable {
    package var oldestVersion: UInt8
    package var newestVersion: UInt8
    package var program: String
    package var programVersion: String
    package var host: String
    /// The id of the host's action ledger; empty where no action was ever run.
    package var ledger: String
    /// Drawn at the process's start: another nonce means that counters began anew.
    package var nonce: UInt64

    package init(
        oldestVersion: UInt8 = WireVersion.oldest, newestVersion: UInt8 = WireVersion.current,
        program: String,
        programVersion: String, host: String, ledger: String = "", nonce: UInt64
    ) {
        self.oldestVersion = oldestVersion
        self.newestVersion = newestVersion
        self.program = program
        self.programVersion = programVersion
        self.host = host
        self.ledger = ledger
        self.nonce = nonce
    }
}

/// A series of the session, and the dense index that ticks call it by.
package struct SeriesDescription: Equatable, Sendable {
    package var index: Int32
    package var group: String
    package var definition: SeriesDefinition

    package init(index: Int32, group: String, definition: SeriesDefinition) {
        self.index = index
        self.group = group
        self.definition = definition
    }
}

/// One sampling: the values of every series of every group that was read, changed or not.
package struct Tick: Equatable, Sendable {
    package var sequence: UInt64
    package var time: Timestamp
    package var isSnapshot: Bool
    package var samples: [TickSample]

    package init(sequence: UInt64, time: Timestamp, isSnapshot: Bool, samples: [TickSample]) {
        self.sequence = sequence
        self.time = time
        self.isSnapshot = isSnapshot
        self.samples = samples
    }
}

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

/// Something that happened, with labels that say to what.
package struct WireEvent: Equatable, Sendable {
    package var time: Timestamp
    /// A word of the sender's: `error-sample`, `deploy`, `pressure`.
    package var kind: String
    package var labels: Labels
    package var text: String

    package init(time: Timestamp, kind: String, labels: Labels, text: String) {
        self.time = time
        self.kind = kind
        self.labels = labels
        self.text = text
    }
}

/// What the hub wants of an agent while a screen looks.
package struct Subscription: Equatable, Sendable {
    package var intervalMilliseconds: UInt32
    /// The whole process table every two seconds, not only the busiest every five.
    package var wantsAllProcesses: Bool

    package init(intervalMilliseconds: UInt32, wantsAllProcesses: Bool) {
        self.intervalMilliseconds = intervalMilliseconds
        self.wantsAllProcesses = wantsAllProcesses
    }
}

/// The hub's request that the host start one of its declared actions.
package struct Order: Equatable, Sendable {
    /// Never used twice: the host starts an id at most once for ever.
    package var id: String
    package var action: String
    package var parameters: Labels

    package init(id: String, action: String, parameters: Labels) {
        self.id = id
        self.action = action
        self.parameters = parameters
    }
}

/// The host's answer to an order.
package struct Report: Equatable, Sendable {
    package enum State: UInt8, Sendable {
        case refused = 0
        case started = 1
        case ended = 2
        /// The host cannot tell whether it ran.
        case unknown = 3
    }

    package var id: String
    package var state: State
    package var exitStatus: Int32
    package var text: String

    package init(id: String, state: State, exitStatus: Int32, text: String) {
        self.id = id
        self.state = state
        self.exitStatus = exitStatus
        self.text = text
    }
}
