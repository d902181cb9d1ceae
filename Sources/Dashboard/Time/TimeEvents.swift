import Fleet
import Telemetry

/// What happened to the hosts that are looked at, as far as their histories tell: silence and its end, a start of the
/// system, units that failed, processes killed for want of memory; with it what marks and alerts tell.
///
/// A window of the past ends at the moment looked at, so what came later is in none; therefore events that were once
/// seen are kept while the same hosts are looked at.
struct TimeEvents: Sendable {
    /// In the order of time; of those of one moment, the gravest first.
    private(set) var all: [TimeEvent] = []
    /// What the histories told.
    private var told: [TimeEvent] = []
    /// What people and rollouts left, and of which marks and hosts that is.
    private var left: [TimeEvent] = []
    private var leftBasis: (version: Int, hosts: [HostID]?)?
    /// What alerts did in the last day, and of which board and hosts that is.
    private var alerts: [TimeEvent] = []
    private var alertsBasis: (version: Int, subject: [HostID]?, scope: Set<HostID>?)?
    private var basis: WindowBasis?
    /// The hosts that they are of; nil for all.
    private var subject: [HostID]?

    /// Events kept; the oldest go first.
    static let countMax = 1000
    /// Steps that a busy host may skip; more are silence.
    private static let skippedMax = 2
    private static let rises: [(signal: String, change: TimeEvent.Change)] = [
        ("units.failed", .unitFailed), ("oom.kills", .killed),
    ]

    /// Looks for events when a step is over, and for marks when there are others.
    mutating func refresh(_ context: ScreenContext) {
        let next = WindowBasis(context)
        let isNew = next != basis
        if isNew { look(context, next) }
        let (hasMarks, hasAlerts) = (takeMarks(context), takeAlerts(context))
        if hasMarks || hasAlerts || isNew { all = (told + left + alerts).sorted(by: Self.isBefore) }
    }

    /// Whether there are others than before.
    private mutating func takeMarks(_ context: ScreenContext) -> Bool {
        let hosts = subject ?? context.scope.map { $0.sorted() }
        let version = context.state.marksVersion
        guard leftBasis?.version != version || leftBasis?.hosts != hosts else { return false }
        leftBasis = (version, hosts)
        left = context.state.marks.filter { mark in hosts.map { $0.contains(where: mark.isAbout) } ?? true }
            .map { TimeEvent($0) }
        return true
    }

    /// Whether there are others than before. Those of services and of the fleet stand where many hosts are looked at.
    private mutating func takeAlerts(_ context: ScreenContext) -> Bool {
        let version = context.alerts.version
        guard alertsBasis.map({ $0 != (version, subject, context.scope) }) ?? true else { return false }
        alertsBasis = (version, subject, context.scope)
        let events = context.alerts.board?.events ?? []
        alerts = events.filter { isAbout($0, context) }.compactMap { TimeEvent($0) }
        return true
    }

    private func isAbout(_ event: AlertEvent, _ context: ScreenContext) -> Bool {
        let host = HostID(event.place.prefix { $0 != " " }.description)
        if let subject { return subject.contains(host) }
        return context.scope.map { $0.contains(host) || context.state[host] == nil } ?? true
    }

    private mutating func look(_ context: ScreenContext, _ next: WindowBasis) {
        let hosts = Self.hosts(of: next.view.subject)
        if hosts != subject { told = [] }
        subject = hosts
        basis = next
        // Views of requests and lines carry no histories of hosts: what was known of them stays.
        guard next.isComplete, Self.hasHistories(next.view.subject) else { return }
        let found = context.hostsOfTimeBar.flatMap { Self.events(of: $0, context.time, next) }
        // At the window's start nothing stands before a change, at its end a silence is too short to be one.
        let start = next.end(ofStep: next.lastStep &- Int64(next.stepCount) &+ 2)
        let end = next.end(ofStep: next.lastStep &- Int64(Self.skippedMax))
        let kept = told.filter { $0.time < start || $0.time >= end }
        told = Set(kept + found).sorted(by: Self.isBefore).suffix(Self.countMax)
    }

    private static func isBefore(_ left: TimeEvent, _ right: TimeEvent) -> Bool {
        if left.time != right.time { return left.time < right.time }
        return left.kind != right.kind ? left.kind > right.kind : left.text < right.text
    }

    private static func hosts(of subject: LiveView.Subject) -> [HostID]? {
        switch subject {
        case .fleet: nil
        case .host(let host): [host]
        case .traffic(let host): host.map { [$0] }
        case .logs(let hosts): hosts.isEmpty ? nil : hosts
        }
    }

    private static func hasHistories(_ subject: LiveView.Subject) -> Bool {
        switch subject {
        case .fleet, .host: true
        case .traffic, .logs: false
        }
    }

    /// The gravest event after `start` and not after `end`; nil where there is none.
    func gravest(after start: Timestamp, to end: Timestamp) -> TimeEvent? {
        all.filter { $0.time > start && $0.time <= end }.max { $0.kind < $1.kind }
    }

    /// The events of the last moment before `time` that has any.
    func last(before time: Timestamp) -> ArraySlice<TimeEvent> {
        let end = all.firstIndex { $0.time >= time } ?? all.count
        guard end > 0 else { return [] }
        let moment = all[end - 1].time
        return all[(all.firstIndex { $0.time == moment } ?? end)..<end]
    }

    /// The events of the first moment after `time` that has any.
    func first(after time: Timestamp) -> ArraySlice<TimeEvent> {
        guard let start = all.firstIndex(where: { $0.time > time }) else { return [] }
        return all[start...].prefix { $0.time == all[start].time }
    }

    // MARK: One host

    private static func events(of host: HostState, _ time: Timestamp, _ basis: WindowBasis) -> [TimeEvent] {
        func steps(_ signal: String) -> [Double] {
            host.history(signal)?.values(endingAt: time, count: basis.stepCount) ?? []
        }
        func event(_ change: TimeEvent.Change, _ place: Int) -> TimeEvent {
            let step = basis.lastStep &- Int64(basis.stepCount - 1 - place)
            return TimeEvent(time: basis.end(ofStep: step), host: host.id, change)
        }
        let boots = falls(steps("host.uptime"))
        var events = boots.map { event(.booted, $0) }
        for silence in silences(steps("cpu")) {
            events.append(event(.silent, silence.lowerBound))
            let isOver = silence.upperBound < basis.stepCount
            // A start says more than that data came again.
            if isOver, !boots.contains(where: { silence.contains($0) || $0 == silence.upperBound }) {
                events.append(event(.back, silence.upperBound))
            }
        }
        for (signal, change) in rises {
            // A step's average between two counts is on the way to the higher one.
            events += falls(steps(signal).map { -$0.rounded(.up) }).map { event(change, $0) }
        }
        return events
    }

    /// The places at which a value is less than the one before; of several on end the first.
    private static func falls(_ values: [Double]) -> [Int] {
        var places: [Int] = []
        var last = Double.nan
        var isFalling = false
        for place in values.indices where !values[place].isNaN {
            let falls = values[place] < last
            if falls, !isFalling { places.append(place) }
            isFalling = falls
            last = values[place]
        }
        return places
    }

    /// The steps without values after one with a value, where they are more than a host may skip.
    private static func silences(_ values: [Double]) -> [Range<Int>] {
        var silences: [Range<Int>] = []
        var last: Int?
        for place in values.indices where !values[place].isNaN {
            if let last, place - last > skippedMax + 1 { silences.append(last + 1..<place) }
            last = place
        }
        if let last, values.count - last > skippedMax + 1 { silences.append(last + 1..<values.count) }
        return silences
    }
}
