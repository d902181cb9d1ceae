import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport

/// A dashboard that shows a fixture host, as tests drive it.
struct HostSession {
    var dashboard: Dashboard
    let host: FixtureHost
    private(set) var now: Timestamp
    let width: Int
    let height: Int

    init(
        _ host: FixtureHost = FixtureHost(), width: Int = 120, height: Int = 36, query: String = "",
        at moment: Timestamp? = nil
    ) {
        self.host = host
        self.width = width
        self.height = height
        now = FixtureHost.noon
        dashboard = Dashboard(
            Dashboard.Options(hosts: [host.id], query: query, screen: .host, at: moment, usesUTC: true),
            width: width, height: height, now: now)
        _ = dashboard.start()
    }

    /// With ten minutes of history and the eight process tables before noon.
    static func live(
        _ host: FixtureHost? = nil, seconds: Int = 600, width: Int = 120, height: Int = 36, query: String = ""
    ) -> HostSession {
        let script = host.map { Script($0, seconds: seconds) } ?? usual
        var session = HostSession(script.host, width: width, height: height, query: query)
        session.now = script.start
        session.hub(script.history)
        for tick in script.ticks {
            session.now = session.now.advanced(byMilliseconds: 1000)
            session.hub(tick)
        }
        return session
    }

    /// What the hub says in the minutes before noon; made once, since most tests want the same.
    private struct Script {
        let host: FixtureHost
        let start: Timestamp
        let history: [LiveUpdate]
        let ticks: [[LiveUpdate]]

        init(_ host: FixtureHost, seconds: Int) {
            let start = FixtureHost.noon.advanced(byMilliseconds: -16_000)
            self.host = host
            self.start = start
            history = host.history(seconds: seconds, ending: start)
            ticks = (1...16).map { host.tick(at: start.advanced(byMilliseconds: $0 * 1000)) }
        }
    }

    private static let usual = Script(FixtureHost(), seconds: 600)

    mutating func hub(_ updates: [LiveUpdate]) {
        _ = dashboard.update(.hub(updates), at: now)
    }

    /// One second of the live view.
    mutating func tick() {
        now = now.advanced(byMilliseconds: 1000)
        hub(host.tick(at: now))
    }

    /// Time without a word from the host.
    mutating func wait(seconds: Int64) {
        now = now.advanced(byMilliseconds: seconds * 1000)
        _ = dashboard.update(.clock, at: now)
    }

    mutating func press(_ keys: String) {
        for key in keys {
            _ = dashboard.update(.input(.key(KeyPress(key == "\t" ? .tab : .character(key)))), at: now)
        }
    }

    func frame(glyphs: GlyphSet = .braille, colors: ColorDepth = .palette256) -> CellBuffer {
        var buffer = CellBuffer(width: width, height: height, glyphs: glyphs, colors: colors)
        dashboard.draw(on: &buffer)
        return buffer
    }

    /// The rows between the chrome: title and tabs above, time bar and hints below where the terminal has room.
    func body(glyphs: GlyphSet = .braille, colors: ColorDepth = .palette256) -> [String] {
        let lines = frame(glyphs: glyphs, colors: colors).lines
        let above = height >= 16 ? 2 : 1
        let below = height >= 12 ? 2 : 1
        return Array(lines.dropFirst(above).dropLast(below))
    }

    var text: String { frame().lines.joined(separator: "\n") }
}
