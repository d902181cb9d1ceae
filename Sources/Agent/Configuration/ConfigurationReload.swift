/// Reads agent.conf again for an agent that runs, on SIGHUP: whole, or not at all.
///
/// Logs that are new are followed from then on, and actions are as they stand in it. Whatever else has changed would need what is
/// counted already to be counted otherwise: that takes a new start.
final class ConfigurationReload {
    /// What came of a file; lines are to be told.
    enum Answer {
        case taken([String])
        case refused([String])
        /// It is right, and sections changed that are not taken while the agent runs.
        case needsStart(AgentConfiguration, changed: String)
    }

    private let path: String
    private let logs: LogFollowing?
    private let couriers: ActionCouriers?
    private var sections: [AgentConfiguration.SectionText]

    init(
        _ path: String, _ configuration: AgentConfiguration, _ logs: LogFollowing?,
        _ couriers: ActionCouriers? = nil
    ) {
        self.path = path
        self.logs = logs
        self.couriers = couriers
        sections = configuration.sections
    }

    func reload() -> Answer {
        let (configuration, findings) = AgentConfiguration.load(path)
        guard findings.isEmpty else {
            return .refused(
                findings.map { $0.description } + ["\(path): not taken; what was read before holds"])
        }
        let gone = sections.filter { old in
            old.kind != "action" && !configuration.sections.contains { $0.title == old.title }
        }
        let changed = configuration.sections.filter { new in
            if new.kind == "action" || new.kind == "log" && logs == nil { return new.kind == "log" }
            if let old = sections.first(where: { $0.title == new.title }) { return old != new }
            return new.kind != "log"
        }
        guard gone.isEmpty, changed.isEmpty else {
            let titles = (gone + changed).map { "[\($0.title)]" }
            return .needsStart(configuration, changed: titles.joined(separator: ", "))
        }
        let new = configuration.logs.filter { log in !sections.contains { $0.title == "log \(log.name)" } }
        let left = logs?.follow(new.map { $0.spec }) ?? 0
        couriers?.declare(configuration)
        sections = configuration.sections
        return .taken(
            left == 0 ? [] : ["\(path): \(left) logs are too many and not followed; take some out"])
    }
}
