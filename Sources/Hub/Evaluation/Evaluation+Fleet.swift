import Alerts
import Fleet
import Telemetry

/// Rules over all hosts together.
extension Evaluation {
    func look(at rule: CompiledRule, _ hosts: [HubHost], _ now: Int64) {
        // One that comes and goes tells nothing of the hub's own link.
        let known = hosts.filter { host in
            host.summary.state != .off && host.target.expectation == .always
                && rule.takes(host.attributes, Labels()) && rule.compares(Labels(), of: host.attributes)
        }
        let silent = known.compactMap { host -> Int64? in
            let watch = watch(host, at: now)
            guard !watch.isHeard(at: now, host.target) else { return nil }
            let isComing = !watch.wasHeard && now - watch.lastFrame < Self.comingMilliseconds
            return isComing ? nil : watch.lastFrame
        }
        let reading: AlertReading
        if known.count < Self.fleetMin {
            reading = .notApplicable
        } else {
            // Hosts that fell silent one after another are not a hub that is cut off.
            let count = rule.rule.isShipped ? Self.together(silent) : silent.count
            reading = rule.reading([Double(count) / Double(known.count)], limit: nil)
        }
        observe(AlertKey(rule.rule.name), rule, reading, now)
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
