import Canvas
import Dashboard
import Fleet
import Telemetry
import Testing

/// Operators-contract 8: `q` at the root asks only when something would stop, and says what.
@Suite struct `Leaving with q` {
    private static func stage(hooksEndAfter: Int64?) -> Stage {
        var stage = Stage.fleet(2)
        stage.send(
            .alerts(
                .board(
                    AlertBoard(
                        time: stage.now, runsHooks: true, hasHooks: true, hooksEndAfter: hooksEndAfter))))
        return stage
    }

    private static let word = "hooks stop 5m after the last screen: q again leaves"

    @Test func `asks nothing where all goes on`() {
        var stage = Self.stage(hooksEndAfter: nil)
        stage.type("q")
        #expect(stage.effects.contains(.quit))
    }

    @Test func `says which hooks stop, and leaves when it is meant`() {
        var stage = Self.stage(hooksEndAfter: 300_000)
        stage.type("q")
        #expect(!stage.effects.contains(.quit))
        #expect(stage.lines.last?.contains(Self.word) == true, "\(stage.lines.last ?? "")")
        stage.type("q")
        #expect(stage.effects.contains(.quit))
    }

    @Test func `asks anew after a while`() {
        var stage = Self.stage(hooksEndAfter: 300_000)
        stage.type("q")
        stage.pass(seconds: 6)
        stage.type("q")
        #expect(!stage.effects.contains(.quit))
    }

    @Test func `is not asked of one step back`() {
        var stage = Self.stage(hooksEndAfter: 300_000)
        stage.press(.enter)
        stage.type("q")
        #expect(stage.lines.last?.contains(Self.word) == false)
    }
}
