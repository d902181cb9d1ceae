import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The Host screen as drawn` {
    enum State: String, CaseIterable {
        case loading, live, stale, bare

        func session(width: Int, height: Int) -> HostSession {
            switch self {
            case .loading:
                var session = HostSession(width: width, height: height)
                session.hub([.hosts([session.host.summary(.connecting, lastFrame: nil)])])
                return session
            case .live: return .live(width: width, height: height)
            case .stale:
                var session = HostSession.live(width: width, height: height)
                session.wait(seconds: 34)
                session.hub([.hosts([session.host.summary(.stale)])])
                return session
            case .bare:
                let host = FixtureHost("box1", kind: .bare, cores: 2, processCount: 38, seed: 5)
                return .live(host, width: width, height: height)
            }
        }
    }

    static let sizes = [(40, 8), (80, 24), (120, 36), (160, 48), (200, 60)]
    static let terminals: [(name: String, glyphs: GlyphSet, colors: ColorDepth)] = [
        ("ascii", .ascii, .mono), ("braille", .braille, .palette256),
    ]

    @Test(arguments: State.allCases)
    func `is the same on every size and terminal`(_ state: State) throws {
        for (width, height) in Self.sizes {
            let session = state.session(width: width, height: height)
            for terminal in Self.terminals {
                let lines = session.body(glyphs: terminal.glyphs, colors: terminal.colors)
                let name = "host/\(state.rawValue)-\(width)x\(height)-\(terminal.name)"
                #expect(try Golden.difference(name, lines) == nil)
                if terminal.glyphs == .ascii {
                    #expect(lines.joined().utf8.allSatisfy { (0x20...0x7E).contains($0) })
                }
            }
        }
    }

    @Test(arguments: [
        (keys: "t", query: "", name: "tree"), (keys: "t", query: "postgres", name: "tree-filtered"),
        (keys: "\t", query: "", name: "units"), (keys: "\t\t", query: "", name: "containers"),
        (keys: "M", query: "user=app", name: "by-memory-filtered"),
    ])
    func `shows what keys and the query ask for`(_ row: (keys: String, query: String, name: String)) throws {
        var session = HostSession.live(query: row.query)
        session.press(row.keys)
        #expect(try Golden.difference("host/\(row.name)-120x36-braille", session.body()) == nil)
    }

    @Test func `colours what it shows by meaning`() throws {
        let session = HostSession.live(width: 80, height: 24)
        let lines = session.frame().styledLines
        #expect(lines.contains { $0.contains("critical bold") }, "the failed unit")
        #expect(lines.contains { $0.contains("on selection") }, "the selected process")
    }

    @Test(arguments: [1, 2, 3, 8, 16, 63, 64, 65, 128, 256])
    func `shows every number of cores`(_ cores: Int) {
        for (width, height) in Self.sizes.dropFirst() {
            let host = FixtureHost(cores: cores)
            let session = HostSession.live(host, seconds: 20, width: width, height: height)
            #expect(session.text.contains("CPU"))
            if cores > 16, width < 160 { #expect(session.text.contains("cores")) }
        }
    }
}
