import Canvas
import Dashboard
import Fleet
import TestSupport
import Testing

@Suite struct `The query bar` {
    @Test func `filters while somebody types and says how many are left`() {
        var stage = Stage.fleet(12)
        stage.type("/db")
        #expect(stage.text.contains("3 of 12"))
        #expect(!stage.text.contains("cache-ap"))
        stage.press(.enter)
        #expect(stage.lines[1].contains("/ db"))
        #expect(stage.text.contains("3 of 12"))
    }

    @Test func `stays on the Host screen after enter, in front of the burst's last letter`() {
        var stage = Stage.host()
        stage.type("/mart")
        stage.press(.enter)
        #expect(stage.text.contains("/ mart"))
    }

    @Test func `says at which column a text is no query, and keeps the last that was one`() {
        var stage = Stage.fleet(12)
        stage.type("/web cpu > ")
        #expect(stage.text.contains("column"))
        #expect(!stage.text.contains("cache-ap"), "the filter `web` holds")
        stage.type("1%")
        #expect(!stage.text.contains("column"))
    }

    @Test func `completes with tab what it shows behind the caret`() {
        var stage = Stage.fleet(12)
        stage.type("/memory.u")
        #expect(stage.lines[1].contains("/ memory.used"))
        stage.press(.tab)
        stage.type(" > 1%")
        #expect(stage.text.contains("12 of 12"))
    }

    @Test func `is cleared by esc, in the bar and after it`() {
        var stage = Stage.fleet(12)
        stage.type("/db")
        stage.press(.escape)
        #expect(stage.text.contains("cache-ap"))
        stage.type("/db")
        stage.press(.enter, .escape)
        #expect(stage.text.contains("cache-ap"))
        #expect(stage.dashboard.screen == .fleet)
    }

    @Test func `takes pasted text in, which is never keys`() {
        var stage = Stage.fleet(12)
        stage.send(.input(.paste("db\nq!\u{3}")))
        #expect(!stage.effects.contains(.quit))
        #expect(stage.lines[1].contains("/ db q!"))
        stage.send(.input(.paste(String(repeating: "x", count: 100_000))))
        #expect(stage.lines[1].contains("/"))
    }

    @Test func `filters by tags, groups, states and signals alike`() {
        let rows = [
            ("role=web", 30), ("zone=ap-1", 15), ("db/eu-west", 15), ("state=stale", 1), ("state=failed", 1),
            ("disk.used > 97%", 1), ("not role=web", 30), ("cpu.max(5m) > 0%", 58),
        ]
        for (query, count) in rows {
            var stage = Stage.fleet(60)
            stage.type("/" + query)
            #expect(stage.text.contains("\(count) of 60"), "\(query): \(stage.lines[1])")
        }
    }

    @Test func `says that nothing matches and what clears it`() {
        var stage = Stage.fleet(12)
        stage.type("/nosuchhost")
        #expect(stage.text.contains("No host of 12 matches the filter"))
        #expect(stage.text.contains("esc clears it"))
    }

    @Test func `edits as readline does`() {
        var stage = Stage.fleet(12)
        stage.type("/web and db")
        stage.send(.control("w"))
        stage.send(.control("w"))
        #expect(stage.lines[1].contains("/ web"))
        #expect(!stage.lines[1].contains("and"))
        stage.send(.control("u"))
        #expect(stage.text.contains("12 of 12"))
    }
}
