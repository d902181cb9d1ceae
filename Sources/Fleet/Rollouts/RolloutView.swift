/// A rollout as the API tells it and screens draw it.
package struct RolloutView: Hashable, Sendable, Codable, Identifiable {
    /// As people and CI see it; the strings are those of `-o json`.
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Hosts of a batch are at work.
        case running
        /// A batch is healthy; the gate looks at it.
        case baking
        /// A person must answer.
        case held
        /// No more hosts are started until somebody says so.
        case paused
        case rollingBack = "rolling_back"
        case succeeded
        /// Every touched host runs the old version again and is healthy.
        case rolledBack = "rolled_back"
        /// Hosts are on both versions, or nobody can tell: a person is needed.
        case mixed
        case halted
        case aborted

        package var isFinal: Bool {
            switch self {
            case .running, .baking, .held, .paused, .rollingBack: false
            case .succeeded, .rolledBack, .mixed, .halted, .aborted: true
            }
        }

        /// For people: `rolled back`.
        package var words: String {
            switch self {
            case .rollingBack: "rolling back"
            case .rolledBack: "rolled back"
            default: rawValue
            }
        }

        /// How a command ends that waited for it (docs/rollouts-yaml.md).
        package var exitStatus: Int32 {
            switch self {
            case .succeeded: 0
            case .rolledBack: 1
            case .mixed, .halted: 3
            case .running, .baking, .held, .paused, .rollingBack: 4
            case .aborted: 5
            }
        }
    }

    /// How far one host is.
    package struct Host: Hashable, Sendable, Codable {
        package var name: String
        /// Of the batches, counted from 0.
        package var batch: Int
        /// `waiting`, `before`, `action`, `health`, `after`, `done`, `failed`, `unknown`, `undoBefore`, `undo`,
        /// `undoHealth`, `undoAfter`, `undone` or `stuck`.
        package var step: String
        /// When the step began; milliseconds since 1970.
        package var since: Int64
        /// Why it failed, is unknown or stuck, or is not healthy yet; empty otherwise.
        package var reason: String
        /// Whether the action was ordered, so that it may be on the new version.
        package var isTouched: Bool
        /// The order that it works on, or worked on last; empty for none.
        package var order: String

        package init(
            name: String, batch: Int, step: String, since: Int64, reason: String, isTouched: Bool,
            order: String
        ) {
            self.name = name
            self.batch = batch
            self.step = step
            self.since = since
            self.reason = reason
            self.isTouched = isTouched
            self.order = order
        }
    }

    /// What happened, oldest first.
    package struct Line: Hashable, Sendable, Codable {
        package var at: Int64
        package var text: String

        package init(at: Int64, text: String) {
            self.at = at
            self.text = text
        }
    }

    /// 16 hexadecimal digits.
    package var id: String
    package var name: String
    package var about: String
    package var action: String
    package var parameters: [String: String]
    /// Who started it, and why.
    package var actor: String
    package var reason: String
    package var createdAt: Int64
    package var endedAt: Int64?
    package var state: State
    /// Why it is so: what failed, who paused, what is waited for; empty for nothing to say.
    package var text: String
    /// The present batch, counted from 0; nil on the way back and after the end.
    package var batch: Int?
    package var batches: [[String]]
    package var hosts: [Host]
    /// Until when the present batch bakes.
    package var bakesUntil: Int64?
    /// Until when a hold waits for a person; it ends as halted then.
    package var heldUntil: Int64?
    /// The conditions of the gate, and what it said last of the present batch.
    package var gate: [String]
    package var evidence: String
    /// The same condition by condition; nil before the first look at the present batch, and after the end.
    package var judged: GateAnswer?
    /// How many looks in a row have failed, of as many as fail the rollout.
    package var failedLooks: Int
    package var failsAfter: Int
    /// The rollout whose hosts this one takes back.
    package var undoes: String?
    /// How it was taken back after its end; nil where nobody did. `state` stays what it ended as, `hosts` are as they are now.
    package var takenBack: TakenBack?
    /// The versions that the probes of its hosts named when it was planned; none where they named none.
    package var from: [String]
    /// Its hosts whose probes named none, where a version is wanted: nobody can tell what the way back has to bring again.
    package var fromUnknown: [String]
    package var log: [Line]

    package init(
        id: String, name: String, about: String, action: String, parameters: [String: String], actor: String,
        reason: String, createdAt: Int64, state: State, batches: [[String]]
    ) {
        self.id = id
        self.name = name
        self.about = about
        self.action = action
        self.parameters = parameters
        self.actor = actor
        self.reason = reason
        self.createdAt = createdAt
        self.state = state
        text = ""
        self.batches = batches
        hosts = []
        gate = []
        evidence = ""
        failedLooks = 0
        failsAfter = 0
        from = []
        fromUnknown = []
        log = []
    }

    /// The parameter of that name; empty where there is none.
    package var version: String { parameters["version"] ?? "" }

    /// `web 4.12.1`, and of one that takes another back `web undoes 4f2a`.
    package var title: String { Self.title(name, version: version, undoes: undoes) }

    static func title(_ name: String, version: String, undoes: String?) -> String {
        if let undoes { return "\(name) undoes \(short(undoes))" }
        return version.isEmpty ? name : "\(name) \(version)"
    }
}
