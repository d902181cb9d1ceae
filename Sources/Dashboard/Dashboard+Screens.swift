import Canvas
import Fleet
import Telemetry

/// Which screen is asked.
extension Dashboard {
    var context: ScreenContext {
        ScreenContext(
            state: state, alerts: alerts, rollouts: rollouts,
            host: screen == .host ? host : screen == .traffic ? trafficHost : nil,
            scope: options.hosts.count > 1 ? Set(options.hosts) : nil,
            localHost: options.localHost, now: now, time: moment, isLive: time.isLive, stepMilliseconds: step,
            query: query.query, queryText: query.query.text, body: layout.body,
            sizeClass: SizeClass(width: width, height: height),
            offsetSeconds: options.offsetSeconds, isReadOnly: isReadOnly)
    }

    var layout: ChromeLayout { ChromeLayout(width: width, height: height, hasPrompt: prompt != nil) }

    var shown: any Screen {
        switch screen {
        case .fleet: fleet
        case .host: hostScreen
        case .traffic: traffic
        case .alerts: alertsScreen
        case .deploys: deploys
        case .logs: logs
        }
    }

    /// Brings the screen that is shown up to date.
    mutating func refresh() {
        let context = context
        density.refresh(context)
        events.refresh(context)
        switch screen {
        case .fleet: fleet.refresh(context)
        case .host: hostScreen.refresh(context)
        case .traffic: traffic.refresh(context)
        case .alerts: alertsScreen.refresh(context)
        case .deploys: deploys.refresh(context)
        case .logs: logs.refresh(context)
        }
    }

    mutating func perform(onScreen command: Command) -> Bool {
        let context = context
        return switch screen {
        case .fleet: fleet.perform(command, context)
        case .host: hostScreen.perform(command, context)
        case .traffic: traffic.perform(command, context)
        case .alerts: alertsScreen.perform(command, context)
        case .deploys: deploys.perform(command, context)
        case .logs: logs.perform(command, context)
        }
    }

    mutating func click(x: Int, y: Int) {
        let context = context
        switch screen {
        case .fleet: fleet.click(x: x, y: y, context)
        case .host: hostScreen.click(x: x, y: y, context)
        case .traffic: traffic.click(x: x, y: y, context)
        case .alerts: alertsScreen.click(x: x, y: y, context)
        case .deploys: deploys.click(x: x, y: y, context)
        case .logs: logs.click(x: x, y: y, context)
        }
    }

    mutating func sort(by choice: Int) {
        let context = context
        switch screen {
        case .fleet: fleet.sort(by: choice, context)
        case .host: hostScreen.sort(by: choice, context)
        case .traffic: traffic.sort(by: choice, context)
        case .alerts, .deploys, .logs: break
        }
    }

    /// Closes what is open in the screen that is shown.
    mutating func closeOnScreen() -> Bool {
        switch screen {
        case .fleet: fleet.close()
        case .host: hostScreen.close()
        case .traffic: traffic.close()
        case .alerts: alertsScreen.close()
        case .deploys: deploys.close()
        case .logs: logs.close()
        }
    }

    /// Shows the requests of the host that is shown, or of all; where they are shown already, of all.
    mutating func showTraffic() {
        let next = screen == .host ? host : screen == .traffic ? nil : trafficHost
        if next != trafficHost { traffic = TrafficScreen() }
        trafficHost = next
        show(.traffic)
    }

    /// Shows the lines of the hosts that are marked or shown, or of all; where they are shown already, of all.
    mutating func showLogs() {
        let next: [HostID]
        switch screen {
        case .fleet: next = fleet.marks.isEmpty ? options.hosts : fleet.marks.sorted()
        case .host: next = host.map { [$0] } ?? []
        case .traffic: next = trafficHost.map { [$0] } ?? options.hosts
        case .alerts: next = shown.subject(context).map { [$0] } ?? options.hosts
        case .deploys:
            next =
                shown.subject(context).map { [$0] } ?? deploys.mark?.hosts.map(HostID.init) ?? options.hosts
        case .logs: next = []
        }
        if next != logHosts { logs = LogsScreen() }
        logHosts = next
        show(.logs)
    }

    mutating func showDeploys() {
        show(.deploys)
    }

    /// Shows what a deploy did: its host, the requests of its service, or all hosts, some minutes after it.
    mutating func open(_ mark: Mark) {
        let end = mark.at.advanced(byMilliseconds: DeployComparison.spanMilliseconds)
        if end >= now { time.goLive() } else { time.go(to: end, now: now) }
        if mark.hosts.count == 1, let host = mark.hosts.first {
            show(host: HostID(host))
        } else if !mark.service.isEmpty {
            if trafficHost != nil { traffic = TrafficScreen() }
            trafficHost = nil
            show(.traffic)
        } else {
            show(.fleet)
        }
    }

    /// Shows the lines around one that tells of an error: those of its service and route, up to a little later.
    mutating func showLogs(around sample: ErrorSample) {
        logs = LogsScreen(at: sample)
        logHosts = trafficHost.map { [$0] } ?? options.hosts
        outerQuery = query.text
        query = QueryBar(LogQueryRow.query(around: sample))
        time.go(to: sample.time.advanced(byMilliseconds: Self.aftermathMilliseconds), now: now)
        show(.logs)
    }

    /// What is shown of the time after a line.
    private static let aftermathMilliseconds: Int64 = 10_000

    /// A filter that came with the lines of a route goes with them.
    mutating func restoreQuery() {
        guard screen != .logs, let text = outerQuery else { return }
        query = QueryBar(text)
        outerQuery = nil
        logs = LogsScreen()
    }

    /// Shows a screen on top of what is shown; each is in the path once.
    mutating func show(_ screen: ScreenID) {
        path.removeAll { $0 == screen }
        path.append(screen)
    }

    /// Shows a host, on top of what is shown; another host than before begins afresh.
    mutating func show(host next: HostID) {
        if next != host { hostScreen = HostScreen() }
        host = next
        show(.host)
    }
}
