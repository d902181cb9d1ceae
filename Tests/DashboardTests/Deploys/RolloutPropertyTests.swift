import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `Any rollout` {
    private static let texts = [
        "", "web", "web-eu-017", "\u{1B}[2J\u{1B}]0;x\u{7}", "a\nb\tc\r", "é\u{0301}\u{0301}\u{0301}", "字字字",
        "\u{202E}gnitset", "\u{0}", String(repeating: "long ", count: 400), "x\u{200B}y", "🙂🙂", "{version}",
    ]
    private static let steps = [
        "waiting", "before", "action", "health", "after", "done", "failed", "unknown", "undoBefore", "undo",
        "undoHealth",
        "undoAfter", "undone", "stuck", "", "of a newer hub \u{1B}[31m",
    ]
    private static let times: [Int64] = [.min, -1, 0, FixtureHost.noon.milliseconds, .max]
    private static let keys: [Key] =
        [.enter, .escape, .up, .down, .pageUp, .pageDown, .home, .end, .tab, .backspace]
        + Array("jkgGnNxsPCBAq?:6p,.()y").map(Key.character)

    private static func text(_ random: inout SeededRandom) -> String {
        texts.randomElement(using: &random) ?? ""
    }
    private static func time(_ random: inout SeededRandom) -> Int64 {
        Bool.random(using: &random)
            ? times.randomElement(using: &random) ?? 0
            : FixtureHost.noon.milliseconds + Int64.random(in: -7_200_000...7_200_000, using: &random)
    }

    private static func rollout(_ random: inout SeededRandom) -> RolloutView {
        let count = [0, 1, 2, 7, 40, 300, 1000].randomElement(using: &random) ?? 0
        let names = (0..<count).map { "\(text(&random))\($0)" }
        let batches = BatchStep.batches(
            of: names,
            [[.all], [.hosts(1), .all], [.hosts(1), .percent(10), .percent(50), .all]].randomElement(
                using: &random) ?? [])
        var view = RolloutView(
            id: Bool.random(using: &random) ? "4f2a" : text(&random), name: text(&random),
            about: text(&random),
            action: text(&random), parameters: ["version": text(&random), text(&random): text(&random)],
            actor: text(&random), reason: text(&random), createdAt: time(&random),
            state: RolloutView.State.allCases.randomElement(using: &random) ?? .running, batches: batches)
        view.text = text(&random)
        view.endedAt = Bool.random(using: &random) ? time(&random) : nil
        view.batch = [nil, 0, 1, 3, -1, .max, .min].randomElement(using: &random) ?? nil
        for (batch, names) in batches.enumerated() {
            for name in names {
                view.hosts.append(
                    RolloutView.Host(
                        name: name,
                        batch: Int.random(in: 0..<30, using: &random) == 0
                            ? [Int.min, -1, 99, .max].randomElement(using: &random) ?? 0 : batch,
                        step: steps.randomElement(using: &random) ?? "", since: time(&random),
                        reason: text(&random), isTouched: Bool.random(using: &random), order: text(&random)))
            }
        }
        view.bakesUntil = Bool.random(using: &random) ? time(&random) : nil
        view.heldUntil = Bool.random(using: &random) ? time(&random) : nil
        view.gate = (0..<Int.random(in: 0...9, using: &random)).map { _ in text(&random) }
        view.evidence = text(&random)
        if Bool.random(using: &random) {
            view.judged = GateAnswer(
                view.gate.map {
                    GateAnswer.Line(
                        condition: $0,
                        verdict: GateAnswer.Verdict.allCases.randomElement(using: &random) ?? .none,
                        text: text(&random))
                }, changed: [])
        }
        view.failedLooks = [0, 2, -1, .max].randomElement(using: &random) ?? 0
        view.failsAfter = [0, 3, .min].randomElement(using: &random) ?? 0
        view.undoes = Bool.random(using: &random) ? text(&random) : nil
        view.from = (0..<Int.random(in: 0...3, using: &random)).map { _ in text(&random) }
        view.log = (0..<Int.random(in: 0...60, using: &random)).map { _ in
            RolloutView.Line(at: time(&random), text: text(&random))
        }
        return view
    }

    private static func news(_ random: inout SeededRandom, _ stage: Stage) -> RolloutNews {
        let order = stage.followed.last.flatMap { $0 } ?? ""
        let request = stage.said.last ?? RolloutOrderRequest(id: "4f2a", verb: .pause)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return .done(request, rollout(&random))
        case 1: return .refused(request, reason: text(&random))
        case 2: return .outputBegins(order: order)
        case 3: return .outputFailed(order: order, reason: text(&random))
        case 4:
            let offset = [UInt64.min, 5, .max].randomElement(using: &random) ?? 0
            return .output(
                order: order, [.output(id: order, offset: offset, bytes: Array(text(&random).utf8) + [10])])
        default:
            return .list((0..<Int.random(in: 0...4, using: &random)).map { _ in rollout(&random) })
        }
    }

    @Test(arguments: UInt64(1)...16)
    func `never traps, and stays in its cells at any size`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var stage = Stage(Dashboard.Options(screen: .deploys, usesUTC: true), width: 120, height: 36)
        stage.tell(FixtureFleet(5).history(seconds: 600, ending: stage.now))
        for step in 0..<120 {
            if Int.random(in: 0..<4, using: &random) == 0 {
                stage.send(.rollouts(Self.news(&random, stage)))
            } else if Int.random(in: 0..<12, using: &random) == 0 {
                stage.send(.input(.paste(Self.text(&random))))
            } else {
                stage.send(.key(Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)]))
            }
            if step % 3 == 0 { stage.send(.drawn) }
            if step % 17 == 0 { stage.pass(seconds: 1) }
            let size = (Int.random(in: 0...220, using: &random), Int.random(in: 0...70, using: &random))
            stage.send(.input(.resize(width: size.0, height: size.1)))
            var buffer = CellBuffer(width: size.0, height: size.1, glyphs: GlyphSet.allCases[step % 3])
            stage.dashboard.draw(on: &buffer)
            #expect(buffer.lines.count == size.1, "seed \(seed), step \(step)")
            #expect(
                buffer.lines.allSatisfy {
                    $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E }
                },
                "seed \(seed), step \(step): a control character is on the screen")
        }
    }
}
