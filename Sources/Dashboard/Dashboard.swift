import Canvas
import Fleet
package import Telemetry

/// The ops room: what it shows, and what a key, an update or a second changes in it.
///
/// A value. ``update(_:at:)`` takes a message and returns what is to be done; ``draw(on:)`` reads. Neither does I/O,
/// looks at a clock or rolls dice, so that any session is a list of messages.
///
///     message ─► update ─► effects       screens get their commands by ``Screen/perform(_:_:)``
///                  │
///                  ▼
///     state, screens, prompt ─► draw ─► cells
package struct Dashboard: Sendable {
    let options: Options
    var width: Int
    var height: Int
    var now: Timestamp
    /// The screens that `q` goes back through; the last is shown. Never empty.
    var path: [ScreenID]
    /// The host of the Host screen.
    var host: HostID?
    var time: TimeCursor
    /// What is shown.
    var state: FleetState
    /// What the hub is sending of the view asked for last, until it is whole.
    var incoming: FleetState?
    /// The fleet as it was when a host was opened.
    private var fleetState: FleetState?
    /// Counts the views asked for.
    private var generation = 0
    /// When ``incoming`` was asked for.
    var askedAt: Timestamp
    var fleet = FleetScreen()
    var hostScreen = HostScreen()
    var traffic = TrafficScreen()
    var deploys = DeploysScreen()
    var logs = LogsScreen()
    var alertsScreen = AlertsScreen()
    /// What the hub says of alerts, whatever is shown.
    var alerts = AlertsState()
    var chartAsked: ChartAsked?
    /// What the hub says of rollouts, whatever is shown.
    var rollouts = RolloutsState()
    /// Rollouts that had ended when the Deploys screen was last shown, and the list that this was.
    var rolloutsSeen: Set<String> = []
    var rolloutsSeenVersion = 0
    /// The host whose requests Traffic shows; nil for all.
    var trafficHost: HostID?
    /// The hosts whose lines Logs shows; none for all.
    var logHosts: [HostID] = []
    var query: QueryBar
    /// The filter of the screen from which lines were opened; nil while none are.
    var outerQuery: String?
    var density = TimeDensity()
    var events = TimeEvents()
    var prompt: Prompt?
    /// Orders whose dialog was closed before their end.
    var watched: OrderWatch?
    var hasMouse = false
    /// A sentence for the row of hints, until a moment.
    var notice: Notice?

    /// A sentence in the last line, until its time is over.
    struct Notice: Hashable, Sendable {
        var text: String
        var until: Timestamp
    }

    package init(_ options: Options, width: Int, height: Int, now: Timestamp) {
        self.options = options
        self.width = max(0, width)
        self.height = max(0, height)
        self.now = now
        host = options.hosts.count == 1 ? options.hosts[0] : nil
        let first = options.screen ?? (host == nil ? .fleet : .host)
        host = host ?? options.hosts.first ?? options.localHost
        path = [first == .host && host == nil ? .fleet : first]
        trafficHost = options.hosts.count == 1 ? options.hosts[0] : nil
        logHosts = options.hosts
        time = TimeCursor(past: options.at)
        query = QueryBar(options.query)
        askedAt = now
        state = FleetState(LiveView(subject: .fleet, windowMilliseconds: 0, stepMilliseconds: 1000))
        state = FleetState(wantedView)
    }

    /// What is to be done first: the view that the hub is asked for.
    package mutating func start() -> [Effect] {
        askedAt = now
        refresh()
        return [.watch(state.view)]
    }

    /// Takes one message in. The session performs the effects in their order.
    package mutating func update(_ message: Message, at now: Timestamp) -> [Effect] {
        self.now = max(self.now, now)
        var effects: [Effect] = []
        switch message {
        case .input(let event): effects = take(event)
        case .hub(let updates): take(updates)
        case .clock: break
        case .orders(let news): take(news)
        case .alerts(let news): effects = take(news)
        case .rollouts(let news): effects = take(news)
        case .said(let text): say(text)
        case .drawn: frameWasDrawn()
        case .shellEnded(let status):
            effects = [.repaint]
            if status != 0 { say("the shell ended with status \(status)") }
        }
        if let notice, notice.until <= self.now { self.notice = nil }
        restoreQuery()
        let asked = watch()
        refresh()
        seeRollouts()
        return effects + asked + askChart() + followOutput()
    }

    /// The next moment besides the full seconds at which a ``Message/clock`` changes what is shown; nil for none.
    package var wakeTime: Timestamp? {
        notice?.until
    }

    /// The screen that is shown.
    package var screen: ScreenID { path.last ?? .fleet }

    // MARK: What the hub says

    private mutating func take(_ updates: [LiveUpdate]) {
        guard var coming = incoming else { return state.take(updates) }
        incoming = nil  // so that it is changed in place
        coming.take(updates)
        guard coming.isComplete else {
            incoming = coming
            return
        }
        if !time.isLive { coming.keepWholeTables(of: state) }
        state = coming
    }

    /// Asks for another view where the screen, the host or the time want one. While one moment follows another, one
    /// that is still on its way is waited for, a second at most: so a key that is held down shows what it passes.
    private mutating func watch() -> [Effect] {
        let wanted = wantedView
        recallFleet(for: wanted)
        guard wanted != (incoming ?? state).view else { return [] }
        if let incoming, wanted.end != nil, incoming.view.end != nil, incoming.view.subject == wanted.subject,
            now.milliseconds(since: askedAt) < Self.patienceMilliseconds
        {
            return []
        }
        askedAt = now
        generation += 1
        incoming = FleetState(wanted, listOf: state, generation: generation)
        return [.watch(wanted)]
    }

    /// A view of one host knows nothing of the others: until the fleet has come anew its last view is shown.
    private mutating func recallFleet(for wanted: LiveView) {
        if wanted.subject != .fleet {
            if state.view.subject == .fleet { fleetState = state }
        } else if let known = fleetState {
            if state.view.subject != .fleet {
                let marks = state
                state = known
                state.keepMarks(of: marks)
                state.forgetView()
            }
            fleetState = nil
        }
    }

    private static let patienceMilliseconds: Int64 = 1000

    // MARK: What is looked at

    /// The shortest step of the screen that is shown.
    var shortestStep: Int64 { screen.stepMilliseconds }

    var step: Int64 { time.stepMilliseconds(atLeast: shortestStep) }

    private var wantedView: LiveView {
        LiveView(
            subject: subject,
            windowMilliseconds: min(step * screen.windowSteps, TimeCursor.reachMilliseconds),
            stepMilliseconds: step, end: time.past)
    }

    private var subject: LiveView.Subject {
        switch screen {
        case .fleet, .alerts, .deploys: .fleet
        case .host: host.map { .host($0) } ?? .fleet
        case .traffic: .traffic(host: trafficHost)
        case .logs: .logs(hosts: logHosts)
        }
    }

    /// The moment that is drawn: the one gone to, or that of the newest values.
    var moment: Timestamp {
        time.past ?? state.newestTime.map { min($0, now) } ?? now
    }

    var isReadOnly: Bool { options.isReadOnly }

    mutating func say(_ text: String) {
        notice = Notice(text: text, until: now.advanced(byMilliseconds: Self.noticeMilliseconds))
    }

    private static let noticeMilliseconds: Int64 = 5000
}
