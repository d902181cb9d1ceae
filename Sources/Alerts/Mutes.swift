import Fleet
import Telemetry

/// What mutes alerts in one evaluation (docs/rules-yaml.md): a silent host its others, a fleet that is cut off its
/// silent hosts, an action what it disturbs.
struct Mutes {
    private var silentHosts: Set<String>
    private var isCutOff = false
    private let hostsUnderAction: Set<String>

    /// `muting` is what is open of rules that mute others; `asleep` are hosts that come and go, and are gone: nothing tells of
    /// their silence, which mutes all the same.
    init(_ muting: [AlertMachine.Open], _ hostsUnderAction: Set<String>, asleep: Set<String>) {
        self.hostsUnderAction = hostsUnderAction
        silentHosts = asleep
        for alert in muting where alert.saved.alert.state == .firing {
            guard let policy = alert.policy else { continue }
            if policy.isHostSilent, let host = alert.saved.alert.host { silentHosts.insert(host) }
            if policy.isHubCutOff { isCutOff = true }
        }
    }

    func of(_ alert: AlertMachine.Open) -> [AlertMute] {
        // Nothing is known of its rule yet: it stays as it was.
        guard let policy = alert.policy else { return alert.saved.alert.mutedBy }
        guard !policy.isHubCutOff else { return [] }
        let host = alert.saved.alert.host ?? ""
        var found: [AlertMute] = []
        if policy.isDisturbedByActions, hostsUnderAction.contains(host) { found.append(.action) }
        if policy.isHostSilent {
            // One that was told of before the fleet was cut off was no part of it.
            if isCutOff, !alert.saved.alert.wasNotified { found.append(.hubCutOff) }
        } else if silentHosts.contains(host) {
            found.append(.hostSilent)
        }
        return found.sorted { $0.rawValue < $1.rawValue }
    }
}
