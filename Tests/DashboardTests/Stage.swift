import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport

/// A dashboard with a size and a clock, to which a test speaks in keys and updates.
struct Stage {
    var dashboard: Dashboard
    let width: Int
    let height: Int
    var now = FixtureHost.noon
    /// The effects of all messages so far.
    var effects: [Effect] = []

    init(_ options: Dashboard.Options = Dashboard.Options(usesUTC: true), width: Int = 120, height: Int = 36)
    {
        self.width = width
        self.height = height
        dashboard = Dashboard(options, width: width, height: height, now: now)
        effects = dashboard.start()
    }

    /// A fleet that is live.
    static func fleet(_ count: Int, width: Int = 120, height: Int = 36) -> Stage {
        var stage = Stage(width: width, height: height)
        stage.tell(FixtureFleet(count).history(seconds: 900, ending: stage.now))
        return stage
    }

    /// One host that is live.
    static func host(width: Int = 120, height: Int = 36) -> Stage {
        let host = FixtureHost(processCount: 40)
        var stage = Stage(Dashboard.Options(hosts: [host.id], usesUTC: true), width: width, height: height)
        stage.tell(host.history(seconds: 60))
        return stage
    }

    /// Requests of some hosts that are live.
    static func traffic(_ hostCount: Int = 4, width: Int = 120, height: Int = 36) -> Stage {
        var stage = Stage(
            Dashboard.Options(screen: .traffic, usesUTC: true), width: width, height: height)
        stage.tell(FixtureTraffic(hostCount).history(ending: stage.now))
        return stage
    }

    /// Lines of some hosts that are live.
    static func logs(_ lineCount: Int = 400, width: Int = 120, height: Int = 36) -> Stage {
        var stage = Stage(Dashboard.Options(screen: .logs, usesUTC: true), width: width, height: height)
        let traffic = FixtureTraffic(3)
        stage.tell([traffic.list] + traffic.lines(lineCount, ending: stage.now) + [.liveBegins])
        return stage
    }

    /// What was deployed on a fleet that is live.
    static func deploys(width: Int = 120, height: Int = 36) -> Stage {
        var stage = Stage(
            Dashboard.Options(screen: .deploys, usesUTC: true), width: width, height: height)
        stage.tell(FixtureFleet(3).history(seconds: 3600, ending: stage.now))
        return stage
    }

    /// A screen that is live.
    static func live(_ screen: ScreenID, width: Int = 120, height: Int = 36) -> Stage {
        switch screen {
        case .fleet: .fleet(3, width: width, height: height)
        case .host: .host(width: width, height: height)
        case .traffic: .traffic(width: width, height: height)
        case .alerts: .alerts(width: width, height: height)
        case .deploys: .deploys(width: width, height: height)
        case .logs: .logs(width: width, height: height)
        }
    }

    mutating func send(_ message: Message) {
        effects += dashboard.update(message, at: now)
    }

    mutating func tell(_ updates: [LiveUpdate]) {
        send(.hub(updates))
    }

    /// Types characters one by one.
    mutating func type(_ text: String) {
        for character in text { send(.key(character)) }
    }

    mutating func press(_ keys: Key...) {
        for key in keys { send(.key(key)) }
    }

    mutating func pass(seconds: Int) {
        now = now.advanced(byMilliseconds: Int64(seconds) * 1000)
        send(.clock)
    }

    func frame(_ glyphs: GlyphSet = .braille, _ colors: ColorDepth = .palette256) -> CellBuffer {
        var buffer = CellBuffer(width: width, height: height, glyphs: glyphs, colors: colors)
        dashboard.draw(on: &buffer)
        return buffer
    }

    var lines: [String] { frame().lines }
    var text: String { lines.joined(separator: "\n") }

    /// The views that were asked for, in order.
    var views: [LiveView] {
        effects.compactMap { effect in
            if case .watch(let view) = effect { return view }
            return nil
        }
    }

    /// The line under the cursor: that begins with `>`.
    var selectedLine: String? { lines.first { $0.hasPrefix(">") } }
}

extension Stage {
    /// What differs from the golden screens of this name, drawn without and with colours; empty where nothing does.
    func differences(from name: String) throws -> [String] {
        [
            try Golden.difference("\(name)-ascii", frame(.ascii, .mono).lines),
            try Golden.difference("\(name)-256", frame(.braille, .palette256).styledLines),
        ].compactMap { $0 }
    }
}
