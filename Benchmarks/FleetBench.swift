import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport

/// The Fleet screen with a thousand hosts at 200x60, without a terminal: a frame, a scroll, a letter of the filter, and
/// a second of updates.
struct FleetBench {
    private static let hostCount = 1000
    private static let runs = 200

    func rows() -> [Row] {
        let fleet = FixtureFleet(Self.hostCount)
        var now = FixtureHost.noon
        var dashboard = Dashboard(Dashboard.Options(usesUTC: true), width: 200, height: 60, now: now)
        _ = dashboard.start()
        _ = dashboard.update(.hub(fleet.history(seconds: 900, ending: now)), at: now)
        var frame = CellBuffer(width: 200, height: 60)
        dashboard.draw(on: &frame)
        var before = frame

        var seconds: [Double] = []
        var drawn: [Double] = []
        var changed: [Double] = []
        for _ in 0..<60 {
            now = now.advanced(byMilliseconds: 1000)
            let tick = fleet.tick(at: now)
            seconds.append(milliseconds { _ = dashboard.update(.hub(tick), at: now) })
            before = frame
            drawn.append(milliseconds { dashboard.draw(on: &frame) })
            var cells = 0
            CellDiff.forEachRun(from: before, to: frame) { cells += $0.count }
            changed.append(Double(cells))
        }
        let scrolled = (0..<Self.runs).map { run in
            milliseconds {
                _ = dashboard.update(key(run % 100 < 50 ? .pageDown : .up), at: now)
                dashboard.draw(on: &frame)
            }
        }
        let filtered = (0..<Self.runs).map { run in
            let text = Array("/cpu > 60% web\u{1B}")
            let letter = text[run % text.count]
            return milliseconds {
                _ = dashboard.update(key(letter == "\u{1B}" ? .escape : .character(letter)), at: now)
                dashboard.draw(on: &frame)
            }
        }
        return [
            Row("Fleet, 1,000 hosts, frame built", "dashboard", "ms", median(drawn), goal: 3),
            Row(
                "Fleet, 1,000 hosts, scroll with frame, p99", "dashboard", "ms", quantile(scrolled, 0.99),
                goal: 16),
            Row(
                "Fleet, 1,000 hosts, filter letter with frame, p99", "dashboard", "ms",
                quantile(filtered, 0.99), goal: 16),
            Row("Fleet, 1,000 hosts, a second of updates taken in", "dashboard", "ms", median(seconds)),
            Row("Fleet, 1,000 hosts, cells changed a second of 12,000", "dashboard", "", median(changed)),
        ]
    }

    private func key(_ key: Key) -> Message { .input(.key(KeyPress(key))) }

    private func milliseconds(_ body: () -> Void) -> Double {
        let began = ContinuousClock.now
        body()
        return (ContinuousClock.now - began) / .milliseconds(1)
    }
}
