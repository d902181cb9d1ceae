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
        _ host: FixtureHost = FixtureHost(), width: Int = 120, height: Int = 36, query: String = ""
    )
        -> HostSession
    {
        var session = HostSession(host, width: width, height: height, query: query)
        session.now = FixtureHost.noon.advanced(byMilliseconds: -16_000)
        session.hub(host.history(seconds: 600, ending: session.now))
        for _ in 0..<16 { session.tick() }
        return session
    }

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
