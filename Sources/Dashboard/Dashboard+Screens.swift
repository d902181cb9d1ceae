import Canvas
import Fleet
import Telemetry

/// Which screen is asked.
extension Dashboard {
    var context: ScreenContext {
        ScreenContext(
            state: state, host: screen == .host ? host : nil,
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
        }
    }

    /// Brings the screen that is shown up to date.
    mutating func refresh() {
        let context = context
        density.refresh(context)
        switch screen {
        case .fleet: fleet.refresh(context)
        case .host: hostScreen.refresh(context)
        }
    }

    mutating func perform(onScreen command: Command) -> Bool {
        let context = context
        return switch screen {
        case .fleet: fleet.perform(command, context)
        case .host: hostScreen.perform(command, context)
        }
    }

    mutating func click(x: Int, y: Int) {
        let context = context
        switch screen {
        case .fleet: fleet.click(x: x, y: y, context)
        case .host: hostScreen.click(x: x, y: y, context)
        }
    }

    mutating func sort(by choice: Int) {
        let context = context
        switch screen {
        case .fleet: fleet.sort(by: choice, context)
        case .host: hostScreen.sort(by: choice, context)
        }
    }

    /// Shows a host, on top of what is shown; another host than before begins afresh.
    mutating func show(host next: HostID) {
        if next != host { hostScreen = HostScreen() }
        host = next
        if path.last != .host { path.append(.host) }
    }
}
