import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `Each key` {
    /// A screen on which every key has something to do: rows above and below the selected one, a filter that holds, a step
    /// that can become shorter.
    private func stage(_ screen: ScreenID) -> Stage {
        var stage: Stage
        switch screen {
        case .traffic:
            stage = Stage.traffic(12)
            stage.type("/web")
            stage.press(.enter)
            stage.type("tG")
            for _ in 0..<6 { stage.type("k") }
        case .logs:
            stage = Stage.logs()
            stage.press(.function(4))
            stage.type("web")
            stage.press(.enter)
            stage.type("/50")
            stage.press(.enter)
            stage.type("+G")
            for _ in 0..<40 { stage.type("k") }
        case .fleet, .host, .alerts, .deploys: stage = Stage.live(screen)
        }
        stage.type("Z")
        stage.tell(history(screen, stage.now))
        return stage
    }

    /// What has to be done before a key has something to do.
    private func prepare(_ stage: inout Stage, for command: Command) {
        switch (stage.dashboard.screen, command) {
        case (.traffic, .left), (.traffic, .right):
            stage.press(.backTab)
            stage.type("hhhh")
        case (.logs, .left): stage.type("ll")
        default: break
        }
    }

    /// What the hub answers to the longer step.
    private func history(_ screen: ScreenID, _ now: Timestamp) -> [LiveUpdate] {
        let traffic = FixtureTraffic(screen == .traffic ? 12 : 3)
        return screen == .traffic
            ? traffic.history(seconds: 1200, stepSeconds: 15, ending: now)
            : [traffic.list] + traffic.lines(400, ending: now) + traffic.samples(ending: now) + [.liveBegins]
    }

    @Test(arguments: [ScreenID.traffic, .logs])
    func `does something, and what its command does from the palette`(_ screen: ScreenID) {
        let base = stage(screen)
        // What its own key would open is open already.
        let own: Command = screen == .traffic ? .showTraffic : .showLogs
        for entry in CommandTable.entries(on: screen) where !entry.keys.isEmpty && entry.command != own {
            var results: [[String]] = []
            for key in entry.keys {
                var stage = base
                prepare(&stage, for: entry.command)
                let before = (stage.frame().styledLines, stage.effects.count)
                stage.send(.input(.key(key)))
                let after = stage.frame().styledLines
                #expect(
                    after != before.0 || stage.effects.count != before.1,
                    "\(key.name) does nothing on \(screen)")
                results.append(after)
            }
            #expect(Set(results).count == 1, "\(entry.command) differs by key")
            guard ![.palette, .quit, .suspend].contains(entry.command) else { continue }
            var stage = base
            prepare(&stage, for: entry.command)
            stage.type(":" + entry.command.rawValue)
            stage.press(.enter)
            #expect(stage.frame().styledLines == results[0], "\(entry.command) from the palette on \(screen)")
        }
    }
}
