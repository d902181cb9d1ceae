import Alerts
import Fleet
import Telemetry

/// Rules over all hosts together.
extension Evaluation {
    /// Looks at the rules of one name, which have one alert: that of the first whose condition holds.
    func look(at family: [CompiledRule], _ hosts: [HubHost], _ now: Int64) {
        // One that comes and goes tells nothing of the hub's own link.
        let known = hosts.filter { $0.summary.state != .off && $0.target.expectation == .always }
        let readings = family.map { (rule: $0, reading: reading(of: $0, known, now)) }
        guard let loudest = readings.min(by: { Self.rank($0.reading) < Self.rank($1.reading) }) else {
            return
        }
        observe(AlertKey(loudest.rule.rule.name), loudest.rule, loudest.reading, now)
    }

    private static func rank(_ reading: AlertReading) -> Int {
        switch reading {
        case .holds: 0
        case .holdsNot: 1
        case .clears: 2
        case .notApplicable, .missing, .failed: 3
        }
    }

    /// Each comparison looks at the hosts that its own labels take.
    private func reading(of rule: CompiledRule, _ all: [HubHost], _ now: Int64) -> AlertReading {
        let known =
            rule.isOfWholeFleet ? all : all.filter { rule.takes($0.attributes, Labels()) }
        var ratios: [Double] = []
        for comparison in rule.comparisons {
            let hosts =
                rule.isOfWholeFleet
                ? known : known.filter { comparison.operand.takes(Labels(), of: $0.attributes) }
            guard let ratio = silentRatio(of: hosts, rule, now) else { return .notApplicable }
            ratios.append(ratio)
        }
        return rule.reading(ratios, limit: nil)
    }

    /// nil where they are too few to be a fleet.
    private func silentRatio(of known: [HubHost], _ rule: CompiledRule, _ now: Int64) -> Double? {
        guard known.count >= Self.fleetMin else { return nil }
        let silent = known.compactMap { host -> Int64? in
            let watch = watch(host, at: now)
            guard !watch.isHeard(at: now, host.target) else { return nil }
            let isComing = !watch.wasHeard && now - watch.lastFrame < Self.comingMilliseconds
            return isComing ? nil : watch.lastFrame
        }
        // Hosts that fell silent one after another are not a hub that is cut off.
        let count = rule.rule.isShipped ? Self.together(silent) : silent.count
        return Double(count) / Double(known.count)
    }

    /// Fewer hosts are no fleet.
    private static let fleetMin = 3
    private static let togetherMilliseconds: Int64 = 10_000
    /// Hosts are given so long to come at first, and no longer: that the hub is cut off is told before each of them is silent.
    private static let comingMilliseconds: Int64 = 45_000

    /// The most that fell silent within ten seconds.
    private static func together(_ times: [Int64]) -> Int {
        let sorted = times.sorted()
        var begin = 0
        var most = 0
        for end in sorted.indices {
            while sorted[end] - sorted[begin] > togetherMilliseconds { begin += 1 }
            most = max(most, end - begin + 1)
        }
        return most
    }
}
