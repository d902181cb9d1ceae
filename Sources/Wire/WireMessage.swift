package import Telemetry

/// What one frame says. Ticks and dictionary entries are written by `SampleEncoder`, all else by `FrameEncoder`.
package enum WireMessage: Equatable, Sendable {
    case hello(Hello)
    case define(SeriesDescription)
    /// The series with this index has no more values.
    case retire(index: Int32)
    case tick(Tick)
    /// A histogram series' state in the tick before it.
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
    /// What the host lets others start; again whenever that changes.
    case actions(HostActions)
    case output(OutputPart)
    /// What a recorder held of the span that a replay asked for, portion by portion.
    case past(PastPortion)
    case subscribe(Subscription)
    /// Send again what came after this sequence number, or a snapshot.
    case resume(sequence: UInt64)
    case replay(from: Timestamp, to: Timestamp, stepMilliseconds: UInt32)
    /// The reader takes this many ticks more.
    case credit(ticks: UInt32)
    case acknowledge(sequence: UInt64)
    case order(Order)
    /// End what the order of this id started; `actor` asked for it.
    case cancel(id: String, actor: Labels)
    /// An agent.conf for a host that has none, as it stands in its file.
    case configuration([UInt8])
}

extension WireMessage {
    /// One word for messages, counts and logs.
    package var name: String {
        switch self {
        case .hello: "hello"
        case .define: "define"
        case .retire: "retire"
        case .tick: "tick"
        case .histogram: "histogram"
        case .processes: "processes"
        case .facts: "facts"
        case .event: "event"
        case .liveBegins: "live-begins"
        case .goodbye: "goodbye"
        case .have: "have"
        case .report: "report"
        case .actions: "actions"
        case .output: "output"
        case .past: "past"
        case .subscribe: "subscribe"
        case .resume: "resume"
        case .replay: "replay"
        case .credit: "credit"
        case .acknowledge: "acknowledge"
        case .order: "order"
        case .cancel: "cancel"
        case .configuration: "configuration"
        }
    }
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
    /// Whose configuration the agent runs by.
    package var configuration: Configuration

    package enum Configuration: UInt8, Sendable {
        /// Nothing is said of it: a hub, or an agent of a release before this.
        case unsaid = 0
        /// None yet: the host has no file, and the agent waits a little for one that is sent.
        case awaited = 1
        /// The host's own, or none will be taken: it was started with settings, or it records.
        case own = 2
    }

    package init(
        oldestVersion: UInt8 = WireVersion.oldest, newestVersion: UInt8 = WireVersion.current,
        program: String,
        programVersion: String, host: String, ledger: String = "", nonce: UInt64,
        configuration: Configuration = .unsaid
    ) {
        self.oldestVersion = oldestVersion
        self.newestVersion = newestVersion
        self.program = program
        self.programVersion = programVersion
        self.host = host
        self.ledger = ledger
        self.nonce = nonce
        self.configuration = configuration
    }
}

/// A part of the answer to a replay: frames of a session of their own, cut wherever it was convenient.
package struct PastPortion: Equatable, Sendable {
    /// A reader of these frames begins anew here.
    package var isFirst: Bool
    /// Nothing more comes of this replay.
    package var isLast: Bool
    package var frames: [UInt8]

    package init(isFirst: Bool, isLast: Bool, frames: [UInt8]) {
        self.isFirst = isFirst
        self.isLast = isLast
        self.frames = frames
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
    /// CLOCK_BOOTTIME on the sender: never steps, counts sleep.
    package var bootMilliseconds: Int64
    package var isSnapshot: Bool
    /// Whether it tells of a past moment what was learned only now: to be drawn there, and never acted on.
    package var isLate: Bool
    package var samples: [TickSample]

    package init(
        sequence: UInt64, time: Timestamp, bootMilliseconds: Int64 = 0, isSnapshot: Bool,
        isLate: Bool = false, samples: [TickSample]
    ) {
        self.sequence = sequence
        self.time = time
        self.bootMilliseconds = bootMilliseconds
        self.isSnapshot = isSnapshot
        self.isLate = isLate
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
    /// The lines of logs as they come, as events of the kind `line`.
    package var wantsLines: Bool

    package init(intervalMilliseconds: UInt32, wantsAllProcesses: Bool, wantsLines: Bool = false) {
        self.intervalMilliseconds = intervalMilliseconds
        self.wantsAllProcesses = wantsAllProcesses
        self.wantsLines = wantsLines
    }
}

/// The hub's request that the host start one of its declared actions.
package struct Order: Equatable, Sendable {
    /// Never used twice: the host starts an id at most once for ever.
    package var id: String
    package var action: String
    package var parameters: Labels
    /// The hub's life and the order's place in it. A host starts nothing whose number is not above the highest that it
    /// has seen of that hub.
    package var epoch: UInt64
    package var sequence: UInt64
    /// The service lock's number: a host refuses one below the highest it has seen.
    package var fence: UInt64
    /// Not to be started after this moment of the hub's clock.
    package var notAfter: Timestamp
    /// SHA-256 of the script that is meant, in hexadecimal; empty where none is declared.
    package var digest: String
    /// Who asked, in which role, for which ticket.
    package var actor: Labels
    /// A signature over all before it; empty where the host demands none.
    package var signature: String
    /// Which hub gives the sequence numbers; 16 hexadecimal digits, drawn once.
    package var hub: String
    /// The hub's clock when this was sent: what is left until `notAfter` counts, and not the host's clock.
    package var sentAt: Timestamp

    package init(
        id: String, action: String, parameters: Labels, epoch: UInt64 = 0, sequence: UInt64 = 0,
        fence: UInt64 = 0, notAfter: Timestamp = Timestamp(milliseconds: .max), digest: String = "",
        actor: Labels = [:], signature: String = "", hub: String = "",
        sentAt: Timestamp = Timestamp(milliseconds: 0)
    ) {
        self.id = id
        self.action = action
        self.parameters = parameters
        self.epoch = epoch
        self.sequence = sequence
        self.fence = fence
        self.notAfter = notAfter
        self.digest = digest
        self.actor = actor
        self.signature = signature
        self.hub = hub
        self.sentAt = sentAt
    }
}

/// The host's answer to an order.
package struct Report: Equatable, Sendable {
    package enum State: UInt8, Sendable {
        /// Never started, and never will be; `text` says why.
        case refused = 0
        case started = 1
        case ended = 2
        /// The host cannot tell whether it ran.
        case unknown = 3
        /// In the ledger, not started yet.
        case accepted = 4
    }

    /// Why it is so, where the exit status does not say it.
    package enum Cause: UInt8, Sendable {
        case none = 0
        /// Ended by us: it took longer than its timeout.
        case timeout = 1
        /// Ended by us: somebody asked for it.
        case cancelled = 2
        /// It left processes behind, which were ended.
        case leftovers = 3
        /// Refused for now: the lock is held, the cooldown goes on, or too much runs.
        case busy = 4
        /// Refused: this user may not.
        case forbidden = 5
        /// Refused: the time to start it by has passed.
        case expired = 6
        /// Refused: no such action, or not with these parameters.
        case undeclared = 7
        /// Refused: the number is one that was seen before.
        case replayed = 8
        /// The host was started anew meanwhile.
        case reboot = 9
        /// The host's ledger cannot be read or written, so nothing is started.
        case ledger = 10
    }

    package var id: String
    package var state: State
    /// The exit status, or the signal's number below zero.
    package var exitStatus: Int32
    package var text: String
    package var cause: Cause
    /// Whether no control group of its own held it: what it started may have got away.
    package var isWeaklyContained: Bool
    /// By the host's clock; nil where it was not started, or did not end.
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// Bytes that it wrote, and how many of them are not kept.
    package var outputBytes: UInt64
    package var droppedBytes: UInt64
    /// Refused for now, and no more after so many milliseconds; nil where nobody can tell.
    package var freeInMilliseconds: UInt64?

    package init(
        id: String, state: State, exitStatus: Int32, text: String, cause: Cause = .none,
        isWeaklyContained: Bool = false, startedAt: Timestamp? = nil, endedAt: Timestamp? = nil,
        outputBytes: UInt64 = 0, droppedBytes: UInt64 = 0, freeInMilliseconds: UInt64? = nil
    ) {
        self.id = id
        self.state = state
        self.exitStatus = exitStatus
        self.text = text
        self.cause = cause
        self.isWeaklyContained = isWeaklyContained
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outputBytes = outputBytes
        self.droppedBytes = droppedBytes
        self.freeInMilliseconds = freeInMilliseconds
    }
}

extension Report.State {
    /// One word for logs and messages.
    package var word: String {
        switch self {
        case .refused: "refused"
        case .started: "started"
        case .ended: "ended"
        case .unknown: "unknown"
        case .accepted: "accepted"
        }
    }
}

extension Report.Cause {
    /// One word for logs and messages; empty for none.
    package var word: String {
        switch self {
        case .none: ""
        case .timeout: "timeout"
        case .cancelled: "cancelled"
        case .leftovers: "leftovers"
        case .busy: "busy"
        case .forbidden: "forbidden"
        case .expired: "expired"
        case .undeclared: "undeclared"
        case .replayed: "replayed"
        case .reboot: "reboot"
        case .ledger: "ledger"
        }
    }
}

/// Some of what an action wrote to its standard output and error, as it came.
package struct OutputPart: Equatable, Sendable {
    package var id: String
    /// Where it stands in all that was written; what lies between two parts was dropped.
    package var offset: UInt64
    /// `WireLimits.outputBytes` at most.
    package var bytes: [UInt8]

    package init(id: String, offset: UInt64, bytes: [UInt8]) {
        self.id = id
        self.offset = offset
        self.bytes = bytes
    }
}
