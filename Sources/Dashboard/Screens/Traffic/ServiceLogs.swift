import Fleet
import Telemetry
import Text

/// How the logs of a service are on all its hosts, beside the requests that they tell of: why it shows none, or not all.
struct ServiceLogs: Hashable, Sendable {
    /// How far a service's figures are its logs' whole truth.
    enum Condition: Hashable, Sendable {
        case well
        /// A log is there and may not be read.
        case unreadable(hosts: [HostID])
        /// No file has the configured name.
        case missing(hosts: [HostID])
        /// Lines are in an unknown form: figures are of the others alone.
        case unread(share: Double)
        /// Bytes that were written and not read yet: figures are of a while ago.
        case behind(bytes: Double)
        /// Nothing was written in the window.
        case idle
        /// Lines come, and none is a request.
        case withoutRequests
    }

    private(set) var condition = Condition.well
    /// Whether its lines have levels, as those of programs: such logs are not expected to tell of requests.
    private(set) var hasLevels = false

    /// More bytes than a busy log gets between two readings.
    private static let behindMin = 1_048_576.0
    /// A share of unread lines that is worth a word.
    private static let unreadMin = 0.01

    /// - Parameter hasRequests: whether any request of it is known in the window.
    init(of service: String, _ hosts: [HostState], _ context: ScreenContext, hasRequests: Bool) {
        let labels: Labels = ["service": service]
        var (unreadable, missing): ([HostID], [HostID]) = ([], [])
        var (lines, unread, lag, written) = (0.0, 0.0, 0.0, 0.0)
        for host in hosts {
            let time = context.time(of: host)
            if host.value(TrafficSignals.unreadable, labels, at: time) >= 1 { unreadable.append(host.id) }
            if host.value(TrafficSignals.files, labels, at: time) == 0 { missing.append(host.id) }
            for one in host.labels(of: TrafficSignals.lines) where one["service"] == service {
                hasLevels = hasLevels || !(one["level"] ?? "").isEmpty
                guard let history = host.history(SignalKey(TrafficSignals.lines, one)) else { continue }
                let rate = history.latest(at: time)
                if rate > 0 { lines += rate }
                written += history.values(endingAt: context.time, count: history.capacity)
                    .reduce(0) { $1 > 0 ? $0 + $1 : $0 }
            }
            let share = host.value(TrafficSignals.unparsed, labels, at: time)
            if share > 0 { unread = max(unread, share) }
            let behind = host.value(TrafficSignals.lag, labels, at: time)
            if behind > 0 { lag = max(lag, behind) }
        }
        condition =
            !unreadable.isEmpty
            ? .unreadable(hosts: unreadable)
            : !missing.isEmpty
                ? .missing(hosts: missing)
                : unread > Self.unreadMin
                    ? .unread(share: unread)
                    : lag > Self.behindMin
                        ? .behind(bytes: lag)
                        : hasRequests ? .well : lines > 0 || written > 0 ? .withoutRequests : .idle
    }

    /// A service that nothing is known of but that it is one.
    init() {}

    /// For the column of a table; nil where there is nothing to say.
    var note: SafeText? {
        switch condition {
        case .well: nil
        case .unreadable: "unreadable"
        case .missing: "no file"
        case .unread(let share): "\(Format.ratio(share)) unread"
        case .behind(let bytes): "\(Format.bytes(bytes)) behind"
        case .idle: "idle"
        case .withoutRequests: "no requests"
        }
    }

    /// Whether somebody has to mend something.
    var isTrouble: Bool {
        switch condition {
        case .unreadable, .missing, .unread, .behind: true
        case .well, .idle, .withoutRequests: false
        }
    }

    /// What is the matter and the command that mends it, as a sentence; nil where nothing is.
    func sentence(_ service: SafeText) -> SafeText? {
        switch condition {
        case .well: nil
        case .unreadable(let hosts):
            "\(service) on \(Self.list(hosts)): a log may not be read; `martlet-agent check` there names the group to join."
        case .missing(let hosts):
            "\(service) on \(Self.list(hosts)): no file has the name in agent.conf; `martlet-agent check` there says what it looks for."
        case .unread(let share):
            "\(service): \(Format.ratio(share)) of the lines are in an unknown form; `martlet-agent logs --explain FILE` shows where they do not fit."
        case .behind(let bytes):
            "\(service): \(Format.bytes(bytes)) of log are not read yet; what is shown is of a while ago."
        case .idle: "\(service): no line was written in this window; the service is idle."
        case .withoutRequests:
            "\(service): lines come, and none tells of a request; 7 shows them, `martlet-agent logs --explain FILE` what they are read as."
        }
    }

    private static func list(_ hosts: [HostID]) -> SafeText {
        let names = hosts.prefix(3).map { SafeText($0.name) }.joined(separator: ", ")
        return hosts.count > 3 ? "\(names) and \(Format.integer(hosts.count - 3)) more" : names
    }
}
