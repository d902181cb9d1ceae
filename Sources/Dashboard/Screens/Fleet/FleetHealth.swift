import Canvas
import Fleet
import Telemetry
import Text

/// How a host is, in one character and one sentence. The thresholds are those of the shipped rules that look at one
/// moment; what only looks bad, as a busy processor, is a warning at most.
struct FleetHealth: Hashable, Sendable {
    /// The worst first.
    enum Grade: Int, Hashable, Sendable, CaseIterable, Comparable {
        case critical, stale, warning, working, silenced, connecting, off, well

        static func < (left: Grade, right: Grade) -> Bool { left.rawValue < right.rawValue }

        /// What stands before the name: a character first, a colour second.
        var mark: SafeText {
            switch self {
            case .critical: "X"
            case .stale: "?"
            case .warning: "!"
            case .working: "*"
            case .silenced: "~"
            case .connecting: "."
            case .off: "-"
            case .well: " "
            }
        }

        /// For the list of keys; empty for what has no mark.
        var meaning: SafeText {
            switch self {
            case .critical: "critical: an alert, a full filesystem, or the host is not reached"
            case .stale: "silent: no data comes, or none is known of the moment"
            case .warning: "a warning"
            case .working: "an action or a rollout runs there, and nothing worse is known"
            case .silenced: "alerts fire there that somebody silenced, and nothing worse is known"
            case .connecting: "connecting"
            case .off: "listed, not dialled"
            case .well: ""
            }
        }

        var style: Style {
            switch self {
            case .critical: Style(.critical, bold: true)
            case .stale: Style(.stale)
            case .warning: Style(.warning, bold: true)
            case .working: Style(.accent)
            case .silenced: Style(.silenced)
            case .connecting, .off: Style(.muted)
            case .well: .plain
            }
        }
    }

    var grade: Grade
    /// Why, for the line below the table; empty while well.
    var reason: SafeText

    static let well = FleetHealth(grade: .well, reason: "")

    var mark: SafeText { grade.mark }

    var style: Style { grade.style }

    /// Whether `n` stops at it.
    var isTrouble: Bool { grade <= .warning }

    init(grade: Grade, reason: SafeText) {
        self.grade = grade
        self.reason = reason
    }

    init(_ host: HostState, _ context: ScreenContext) {
        let time = context.time(of: host)
        if context.isLive, let state = host.summary?.state, let link = Self.link(state, host, context.now) {
            self = link
        } else if !context.isLive, host.value("cpu", at: time).isNaN,
            host.value("memory.used", at: time).isNaN
        {
            self = FleetHealth(grade: .stale, reason: "nothing is known of this moment")
        } else {
            self = Self.figures(host, time)
        }
        guard context.isLive else { return }
        if let alert = context.alerts.worst(of: host.id) { take(alert) }
        take(HostWork(host, context))
    }

    /// What runs there and what is silenced displaces nothing that is wrong: that is said first.
    private mutating func take(_ work: HostWork) {
        guard let first = work.parts.first else { return }
        if grade == .well { grade = first.grade }
        reason = ([reason] + work.parts.map(\.words)).filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// An alert that fires says more than a figure that looks bad; that the host is not reached says more than its alerts.
    private mutating func take(_ alert: Alert) {
        let found: Grade
        switch alert.severity {
        case .critical: found = .critical
        case .warning: found = .warning
        case .info: return
        }
        guard found <= grade, grade != .stale else { return }
        let owner: SafeText = alert.acknowledged.map { " (\(SafeText($0.by)) has it)" } ?? ""
        let words = SafeText(alert.summary.isEmpty ? alert.condition : alert.summary)
        let more: SafeText = reason.isEmpty || found < grade ? "" : "; \(reason)"
        grade = found
        reason = "\(SafeText(alert.name)): \(words)\(owner)\(more)"
    }

    private static func link(_ state: LinkState, _ host: HostState, _ now: Timestamp) -> FleetHealth? {
        switch state {
        case .live: return nil
        case .connecting: return FleetHealth(grade: .connecting, reason: "connecting")
        case .off: return FleetHealth(grade: .off, reason: "listed, not dialled")
        case .stale:
            let last = host.lastSeen.map { now.milliseconds(since: $0) }
            let age = last.map { "for \(Format.age(Double($0) / 1000))" as SafeText } ?? "yet"
            return FleetHealth(grade: .stale, reason: "no data \(age)")
        case .failed(let reason, let retryAt):
            let wait = Timestamp(milliseconds: retryAt).milliseconds(since: now)
            let again: SafeText = wait > 0 ? "; tried again in \(Format.age(Double(wait) / 1000))" : ""
            return FleetHealth(grade: .critical, reason: "\(SafeText(reason))\(again)")
        }
    }

    private static func figures(_ host: HostState, _ time: Timestamp) -> FleetHealth {
        let disk = host.value("disk.fullest", at: time)
        if disk > 0.97 {
            return FleetHealth(grade: .critical, reason: "a filesystem is \(Format.ratio(disk)) full")
        }
        var reasons: [SafeText] = []
        if disk > 0.9 { reasons.append("a filesystem is \(Format.ratio(disk)) full") }
        let failed = host.value("units.failed", at: time)
        if failed >= 1 { reasons.append("\(Format.count(failed)) failed \(failed < 2 ? "unit" : "units")") }
        let memory = host.value("memory.used", at: time)
        if memory > 0.95 { reasons.append("memory \(Format.ratio(memory)) used") }
        let busy = host.history("cpu").map { average($0.values(endingAt: time, count: 4)) } ?? .nan
        if busy > 0.95 { reasons.append("processor \(Format.ratio(busy)) busy") }
        let stalled = host.value("pressure.io", at: time)
        if stalled > 0.5 { reasons.append("\(Format.ratio(stalled)) of the time something waits for disks") }
        guard !reasons.isEmpty else { return .well }
        return FleetHealth(grade: .warning, reason: reasons.joined(separator: ", "))
    }

    /// NaN where a step is missing, so that one busy second after a gap is no alarm.
    private static func average(_ values: [Double]) -> Double {
        values.reduce(0, +) / Double(max(1, values.count))
    }
}
