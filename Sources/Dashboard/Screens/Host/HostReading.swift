import Fleet
import Telemetry

/// One host at the moment that the screen shows: its figures then, and the steps that lead to it.
struct HostReading {
    let host: HostState
    /// The moment shown: now, or where the time cursor stands.
    let time: Timestamp
    /// Steps that the view keeps; graphs reach no further back.
    let stepCount: Int
    /// What the viewer's zone adds to UTC.
    let offsetSeconds: Int
    /// What stands on its charts.
    var marks = ChartMarks()

    /// Seconds for which a figure stands that is taken every second.
    private static let freshSeconds: Int64 = 5
    /// The same for what the agent looks at every ten seconds or more seldom: file systems, sensors, units.
    private static let slowSeconds: Int64 = 75

    /// A figure that is taken every second; NaN where there is none.
    func value(_ name: String, _ labels: Labels = [:]) -> Double {
        latest(SignalKey(name, labels), seconds: Self.freshSeconds)
    }

    /// A figure that is taken seldom; NaN where there is none.
    func slowValue(_ name: String, _ labels: Labels = [:]) -> Double {
        latest(SignalKey(name, labels), seconds: Self.slowSeconds)
    }

    private func latest(_ key: SignalKey, seconds: Int64) -> Double {
        guard let history = host.history(key) else { return .nan }
        return history.latest(at: time, within: Int(max(3, seconds * 1000 / history.stepMilliseconds)))
    }

    /// The things of a kind that have a figure now; while none has one, as when the host went silent, all that were
    /// seen.
    func present<Subject>(_ subjects: [Subject], figure: (Subject) -> Double) -> [Subject] {
        let present = subjects.filter { !figure($0).isNaN }
        return present.isEmpty ? subjects : present
    }

    /// The last `count` steps, or so many as the view has; empty where the host has no such signal.
    func values(_ name: String, _ labels: Labels = [:], count: Int) -> [Double] {
        guard let history = host.history(SignalKey(name, labels)) else { return [] }
        return Self.bridged(history.values(endingAt: time, count: min(count, stepCount)))
    }

    /// Steps that a host may skip before its silence is a gap; as for the state stale, which is three intervals.
    private static let skippedMax = 2

    /// The same values, with the one before in place of a step or two that are missing between others: a busy host's
    /// tick comes late and falls into the next step, which is no gap.
    private static func bridged(_ values: [Double]) -> [Double] {
        var values = values
        var last: Int?
        for place in values.indices where !values[place].isNaN {
            if let last, place - last > 1, place - last <= skippedMax + 1 {
                for hole in last + 1..<place { values[hole] = values[last] }
            }
            last = place
        }
        return values
    }

    /// Averages of `size` steps each, the last `count` of them. Groups begin at whole multiples of `size`, so that a
    /// group holds the same steps for as long as it is seen and only the newest one still changes.
    func averages(_ name: String, _ labels: Labels = [:], count: Int, of size: Int) -> [Double] {
        guard let history = host.history(SignalKey(name, labels)), count > 0, size > 0 else { return [] }
        let inNewest = Int(history.step(of: time) % Int64(size)) + 1
        let values = history.values(
            endingAt: time, count: min((count - 1) * size + inNewest, max(inNewest, stepCount)))
        var averages: [Double] = []
        var end = values.count
        var width = min(inNewest, end)
        while end > 0 {
            averages.append(Self.average(values[(end - width)..<end]))
            end -= width
            width = min(size, end)
        }
        return averages.reversed()
    }

    private static func average(_ values: ArraySlice<Double>) -> Double {
        var sum = 0.0
        var count = 0.0
        for value in values where !value.isNaN {
            sum += value
            count += 1
        }
        return count == 0 ? .nan : sum / count
    }

    /// The number of the step that is shown; graphs keep their phase by it.
    var step: Int? {
        guard let history = host.history("cpu") ?? host.history("memory.used") else { return nil }
        return Int(clamping: history.step(of: time))
    }

    /// Why the host has nothing of a kind: what the agent said of the first of these collectors; nil where it said
    /// nothing.
    func absence(_ collectors: String...) -> String? {
        guard let facts = host.facts else { return nil }
        for collector in collectors {
            if let reason = facts.notApplicable.first(where: { $0.name == collector }) { return reason.value }
        }
        return nil
    }
}
