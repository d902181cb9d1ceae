import Alerts
import Fleet
import Telemetry
import TestSupport
import Testing

/// The definitions themselves, worked out anew from the whole history at each evaluation.
private struct Reference {
    let hold: Int64
    let clear: Int64
    let noData: Rule.NoData
    var isOpen = false
    var isFiring = false
    var history: [(elapsed: Int64, reading: AlertReading)] = []

    mutating func evaluate(elapsed: Int64, _ reading: AlertReading) -> [AlertTransition.Kind] {
        guard isOpen else {
            switch reading {
            case .holds:
                (isOpen, isFiring, history) = (true, hold == 0, [(0, reading)])
                return [isFiring ? .firing : .pending]
            case .missing where noData == .alert:
                (isOpen, isFiring, history) = (true, false, [(0, reading)])
                return [.pending]
            case .missing, .holdsNot, .clears, .notApplicable, .failed: return []
            }
        }
        history.append((elapsed, reading))
        if isOver(reading) {
            defer { isOpen = false }
            return [isFiring ? .resolved : .dropped]
        }
        guard !isFiring, fires(reading) else { return [] }
        isFiring = true
        return [.firing]
    }

    /// The time whose beginning had such a reading, since the last reading that begins it anew.
    private func time(of wanted: (AlertReading) -> Bool, anewAt resets: (AlertReading) -> Bool) -> Int64 {
        var total: Int64 = 0
        for place in history.indices.dropFirst().reversed() {
            if resets(history[place].reading) { return total }
            if wanted(history[place - 1].reading) { total += history[place].elapsed }
        }
        return total
    }

    private func fires(_ reading: AlertReading) -> Bool {
        switch reading {
        case .holds: time(of: \.isHolds, anewAt: { _ in false }) >= hold
        case .missing:
            noData == .alert && time(of: { $0 == .missing }, anewAt: \.isData) >= 60_000
        case .holdsNot, .clears, .notApplicable, .failed: false
        }
    }

    private func isOver(_ reading: AlertReading) -> Bool {
        switch reading {
        case .holds, .failed: false
        case .holdsNot: !isFiring
        case .clears: !isFiring || time(of: \.isClear, anewAt: { $0.isHolds || $0.isBetween }) >= clear
        case .notApplicable: true
        case .missing: noData == .resolve
        }
    }
}

extension AlertReading {
    fileprivate var isHolds: Bool { if case .holds = self { true } else { false } }
    fileprivate var isClear: Bool { if case .clears = self { true } else { false } }
    fileprivate var isBetween: Bool { if case .holdsNot = self { true } else { false } }
    fileprivate var isData: Bool { isHolds || isClear || isBetween }
}

@Suite struct `Random timelines of alerts` {
    /// Readings come in runs, as they do.
    private struct Timeline {
        var random: SeededRandom
        var reading = AlertReading.holds(1)
        var left = 0

        mutating func next() -> AlertReading {
            if left == 0 {
                left = Int.random(in: 1...12, using: &random)
                reading =
                    [
                        .holds(1), .holds(2), .clears(0), .holdsNot(0.5), .missing, .missing, .failed,
                        .notApplicable,
                        .clears(.nan), .holds(.infinity),
                    ][Int.random(in: 0..<10, using: &random)]
            }
            left -= 1
            return reading
        }

        /// Of the steady clock, and of the wall clock.
        mutating func step() -> (steady: Int64, wall: Int64) {
            let steady: Int64
            switch Int.random(in: 0..<20, using: &random) {
            case 0: steady = Int64.random(in: 5001...900_000, using: &random)
            case 1: steady = Int64.random(in: 1...5000, using: &random)
            default: steady = [1000, 1000, 10_000, 4000][Int.random(in: 0..<4, using: &random)]
            }
            let isSet = Int.random(in: 0..<30, using: &random) == 0
            return (steady, isSet ? Int64.random(in: -3_600_000...3_600_000, using: &random) : steady)
        }
    }

    private static func policy(_ random: inout SeededRandom) -> AlertPolicy {
        let holds: [Int64] = [0, 1, 5, 30, 60]
        let hold = holds[Int.random(in: 0..<5, using: &random)]
        let clear = holds[Int.random(in: 0..<5, using: &random)]
        let noData = Rule.NoData.allCases[Int.random(in: 0..<3, using: &random)]
        let text = hold == 0 ? "cpu > 50%" : "cpu > 50% for \(hold)s"
        let rule = Rule(
            name: "Busy", place: Place(file: "test"), condition: (try? Condition(text)) ?? .never,
            clear: Rule.Clear(hold: .seconds(clear)), noData: noData)
        return AlertPolicy(rule)
    }

    @Test func `go as the definitions say, whatever the clocks do`() {
        let key = AlertKey("Busy", ["host": "web1"])
        for seed in 0..<10_000 {
            var timeline = Timeline(random: SeededRandom(seed: UInt64(seed)))
            let policy = Self.policy(&timeline.random)
            var machine = AlertMachine()
            let hold = policy.rule.condition.threshold?.hold ?? .zero
            var reference = Reference(
                hold: hold.components.seconds * 1000, clear: policy.rule.clear.hold.components.seconds * 1000,
                noData: policy.rule.noData)
            var steady: Int64 = 0
            var wall: Int64 = 1_900_000_000_000
            for number in 0..<60 {
                let step = timeline.step()
                steady += step.steady
                wall += step.wall
                let reading = timeline.next()
                machine.begin(at: Timestamp(milliseconds: wall), steadyMilliseconds: steady)
                machine.observe(key, policy, reading)
                let found = machine.finish()?.transitions.map(\.kind) ?? []
                let expected = reference.evaluate(elapsed: step.steady > 5000 ? 0 : step.steady, reading)
                guard found == expected else {
                    Issue.record("seed \(seed), evaluation \(number): \(found), not \(expected)")
                    return
                }
            }
        }
    }

    @Test func `end the same when the hub is killed after any evaluation and started again`() {
        let keys = ["web1", "web2"].map { AlertKey("Busy", ["host": $0]) }
        for seed in 0..<2000 {
            var timelines = keys.indices.map { Timeline(random: SeededRandom(seed: UInt64(seed * 2 + $0))) }
            let policy = Self.policy(&timelines[0].random)
            var whole = AlertMachine()
            var killed = AlertMachine()
            var saved = SavedAlerts()
            var steady: Int64 = 0
            for number in 0..<60 {
                steady += 1000
                let readings = timelines.indices.map { timelines[$0].next() }
                let isKilled = Int.random(in: 0..<8, using: &timelines[1].random) == 0
                let now = Timestamp(milliseconds: steady)
                whole.begin(at: now, steadyMilliseconds: steady)
                if isKilled {
                    // What passed while it was down is no evaluation's: both are told of the same.
                    killed = AlertMachine(saved)
                    killed.begin(at: now, steadyMilliseconds: steady - 1000)
                }
                killed.begin(at: now, steadyMilliseconds: steady)
                for (key, reading) in zip(keys, readings) {
                    whole.observe(key, policy, reading)
                    killed.observe(key, policy, reading)
                }
                let expected = whole.finish()?.transitions.map(Told.init) ?? []
                let changes = killed.finish()
                if let changes { saved.apply(changes) }
                let found = changes?.transitions.map(Told.init) ?? []
                guard found == expected, killed.alerts.map(\.state) == whole.alerts.map(\.state) else {
                    Issue.record("seed \(seed), evaluation \(number): \(found), not \(expected)")
                    return
                }
            }
        }
    }

    private struct Told: Equatable {
        let number: Int64
        let kind: AlertTransition.Kind
        let id: String
        let isNotice: Bool

        init(_ transition: AlertTransition) {
            number = transition.number
            kind = transition.kind
            id = transition.alert.id
            isNotice = transition.isNotice
        }
    }
}
