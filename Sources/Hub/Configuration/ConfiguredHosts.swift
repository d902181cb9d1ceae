import Fleet
import Foundation
import Logging
import Telemetry

/// What the hub does with hosts of its configuration; `SourceGroup` behind it, or a test.
struct HostSink: Sendable {
    /// Dials hosts that are not watched yet.
    let add: @Sendable ([HostTarget]) async throws -> Void
    /// Ends the sources of hosts and forgets them.
    let remove: @Sendable ([HostID]) async -> Void
    /// Ends the alerts of removed hosts that are not to come again.
    var letGo: @Sendable ([HostID]) async -> Void = { _ in }
    /// Ends the alerts of all hosts but these.
    var letGoOfOthers: @Sendable ([HostID]) async -> Void = { _ in }
    /// Gives watched hosts other words: groups, tags, notes.
    let update: @Sendable ([HostTarget]) async -> Void
    /// How all of them are dialled, and what is sent to those without an agent.conf.
    let dial: @Sendable (DialOptions, SentFiles) async -> Void
    /// What is alerted and who is told, with the folder in which hooks run, and whether that is what rules.yaml says; what changes,
    /// each a line.
    var rules: @Sendable (RuleBook, String, Bool) async -> [String] = { _, _, _ in [] }
    /// What people may start; those that go on keep the plan they were started with.
    var rollouts: @Sendable ([RolloutDefinition]) async -> Void = { _ in }
}

/// The hosts that the hub is to watch: those of its folder of configuration, and those that were named to it.
///
/// A folder is taken over whole or not at all: with one error the hosts, rules and rollouts in force stay. Only at the start, when
/// nothing is in force yet, each file that is right is taken: a mistake in rules.yaml must not make the hub blind.
actor ConfiguredHosts {
    private var folder: ConfigFolder?
    /// Looks for the folder where none is in use yet.
    private let find: @Sendable () -> ConfigFolder?
    private let sink: HostSink
    /// The agent of this machine, which checks what is sent to hosts.
    private let agent: String?
    private let clock: HubClock
    private let logger: Logger
    private var load: ConfigurationLoad?
    /// Errors of the last folder that was not taken over.
    private var errors: [String] = []
    /// What is wrong with the last answers of inventories, which were not taken over.
    private var answerErrors: [String] = []
    /// Everything of hosts.yaml is watched, not only what was asked for.
    private var wantsAll = false
    private var watched: [String: HostTarget] = [:]
    private var rollouts: [RolloutDefinition] = []
    /// Those in force: with a fault in hosts.yaml at the start the rules are, though `load` is not.
    private var hooks = HookSettings()
    /// When each inventory was last asked.
    private var asked: [[String]: Int64] = [:]
    /// Since when all hosts of hosts.yaml have been watched, by a clock that nobody sets; nil until then, and once what was
    /// open of others is over.
    private var wholeSince: Int64?
    private var wasEverWhole = false
    /// Screens are given so long after a start to name their hosts again.
    private static let namingMilliseconds: Int64 = 60_000

    /// The first answers of the inventories, which words wait for that are not known yet.
    private var firstAnswers: Task<Void, Never>?

    init(
        folder: ConfigFolder?, find: @escaping @Sendable () -> ConfigFolder? = { nil }, sink: HostSink,
        agent: String?, clock: HubClock = .system, logger: Logger
    ) {
        self.folder = folder
        self.find = find
        self.sink = sink
        self.agent = agent
        self.clock = clock
        self.logger = logger
    }

    /// Reads the folder and watches what `words` mean, everything for none. Never throws: a hub stands without hosts too.
    func start(_ words: [String]) async {
        if let folder {
            var first = ConfigurationLoad(filesOf: folder.path)
            await first.readSent(agent)
            refuse(first)
            if first.hostErrors.isEmpty { keep(first) }
            if let file = first.file, !file.sources.isEmpty, first.hostErrors.isEmpty {
                firstAnswers = Task { await self.ask(file.sources) }
            }
            await sink.dial(first.file?.dial ?? DialOptions(), first.sent)
            if !first.ruleErrors.isEmpty { logger.error("rules.yaml is not used: the shipped rules are") }
            hooks = first.rules.hooks
            _ = await sink.rules(first.rules, folder.path, first.ruleErrors.isEmpty)
            if !first.rolloutErrors.isEmpty {
                logger.error("rollouts.yaml is not used: no rollout can be started")
            }
            await take(first.rollouts)
        }
        for word in words.isEmpty ? [[]] : words.map({ [$0] }) {
            do {
                _ = try await add(word)
            } catch {
                logger.error("a host cannot be added", metadata: ["hub.reason": "\(error)"])
            }
        }
    }

    /// The names that the words mean, all of them watched from now on: all of hosts.yaml for none, or this machine
    /// where it names nobody.
    func add(_ words: [String]) async throws -> [HostID] {
        var targets: [HostTarget] = []
        if words.isEmpty {
            targets = load?.inventory.targets ?? []
            wantsAll = load?.file != nil
            let isEmpty = targets.isEmpty && (load?.file?.sources ?? []).isEmpty
            if isEmpty { targets = [HostWords.thisMachine()] }
        } else {
            let isNew = words.contains { !self.words.isKnown($0) }
            if isNew { await firstAnswers?.value }
            for word in words { targets += try self.words.targets(of: word) }
        }
        try await watch(targets.filter { watched[$0.name] == nil })
        noteWhole()
        var seen: Set<String> = []
        return targets.filter { seen.insert($0.name).inserted }.map(\.id)
    }

    /// Ends the watch of hosts that were named here, or that a screen named; those of hosts.yaml stay.
    func forget(_ names: [String]) async throws(HubError) {
        for name in names {
            guard watched[name] != nil else { throw .unknownHost(name) }
            guard load?.inventory.targets.contains(where: { $0.name == name }) != true else {
                throw .configuredHost(name)
            }
        }
        await sink.remove(names.map { HostID($0) })
        for name in names { watched[name] = nil }
        await sink.letGo(names.map { HostID($0) })
        logger.notice("hosts were forgotten", metadata: ["hub.hosts": "\(names.joined(separator: " "))"])
    }

    /// Reads the folder again and takes it over, unless something in it is wrong.
    func reload() async -> ConfigurationReport {
        folder = folder ?? find()
        guard let folder else {
            var report = report()
            report.errors = ["no folder of configuration is in use; martlet doctor says where it may be"]
            return report
        }
        firstAnswers?.cancel()
        let next = await ConfigurationLoad.whole(
            folder.path, known: load?.answers ?? [:], agent: agent, now: clock.now().milliseconds)
        for source in next.file?.sources ?? [] { asked[source.command] = clock.steadyMilliseconds() }
        let before = load?.inventory.targets ?? []
        refuse(next)
        guard errors.isEmpty else { return report() }
        answerErrors = []
        keep(next)
        await sink.dial(next.file?.dial ?? DialOptions(), next.sent)
        hooks = next.rules.hooks
        var changes =
            await apply(from: before, to: next.inventory.targets) + sink.rules(next.rules, folder.path, true)
        changes += await take(next.rollouts)
        noteWhole()
        var report = report()
        report.changes = changes
        logger.notice(
            "the configuration was taken over",
            metadata: ["hub.changes": "\(changes.joined(separator: "; "))"])
        return report
    }

    func report() -> ConfigurationReport {
        var report = ConfigurationReport(folder: folder?.path)
        report.errors = errors + answerErrors
        report.warnings = load?.warnings ?? []
        report.hosts = load?.inventory.targets ?? []
        report.rollouts = rollouts
        report.hooks = hooks.digests
        return report
    }

    /// Asks the inventories whose time has come; called once a second.
    func tick() async {
        if let since = wholeSince, clock.steadyMilliseconds() - since >= Self.namingMilliseconds {
            wholeSince = nil
            // Hosts that were taken out of hosts.yaml while no hub ran.
            await sink.letGoOfOthers(watched.keys.map { HostID($0) })
        }
        guard let file = load?.file else { return }
        let now = clock.steadyMilliseconds()
        let due = file.sources.filter { source in
            guard let every = source.everyMilliseconds, let last = asked[source.command] else { return false }
            return now - last >= every
        }
        if !due.isEmpty { await ask(due) }
    }

    // MARK: How

    private var words: HostWords {
        let known = load?.inventory.targets ?? []
        let names = Set(known.map(\.name))
        return HostWords(known: known + watched.values.filter { !names.contains($0.name) })
    }

    /// Whether every host that is to be watched has been named since the start, each inventory's too.
    private func noteWhole() {
        guard !wasEverWhole, wantsAll, let load, load.hostErrors.isEmpty else { return }
        let unanswered = (load.file?.sources ?? []).contains { load.answers[$0.command] == nil }
        guard !unanswered else { return }
        wasEverWhole = true
        wholeSince = clock.steadyMilliseconds()
    }

    /// Says what is wrong with a folder; with one error it is not taken over.
    private func refuse(_ next: ConfigurationLoad) {
        errors = next.errors.map(\.description)
        for error in errors {
            logger.error("the configuration is not taken over", metadata: ["hub.reason": "\(error)"])
        }
    }

    private func keep(_ next: ConfigurationLoad) {
        load = next
        for warning in next.warnings {
            logger.warning("configuration", metadata: ["hub.reason": "\(warning)"])
        }
    }

    /// Lets people start these from now on; what changes, each a line.
    @discardableResult
    private func take(_ rollouts: [RolloutDefinition]) async -> [String] {
        let change = RolloutChange(from: self.rollouts, to: rollouts)
        self.rollouts = rollouts
        await sink.rollouts(rollouts)
        return change.lines
    }

    private func ask(_ sources: [InventorySource]) async {
        guard let folder, let file = load?.file else { return }
        for source in sources { asked[source.command] = clock.steadyMilliseconds() }
        guard var next = load else { return }
        let now = clock.now().milliseconds
        await next.ask(sources, of: file, folder.path, next.answers, now)
        await next.readSent(agent)
        // A reload meanwhile has asked for itself.
        guard load?.file == file, !Task.isCancelled else { return }
        let before = load?.inventory.targets ?? []
        let wrong = (next.hostErrors + next.sent.errors).map(\.description)
        for error in wrong where !answerErrors.contains(error) {
            logger.error("an inventory is not taken over", metadata: ["hub.reason": "\(error)"])
        }
        answerErrors = wrong
        guard wrong.isEmpty else { return }
        keep(next)
        await sink.dial(file.dial, next.sent)
        _ = await apply(from: before, to: next.inventory.targets)
        noteWhole()
    }

    /// Brings what is watched into line with the hosts that are in force now; the changes, each a line.
    private func apply(from old: [HostTarget], to new: [HostTarget]) async -> [String] {
        let change = InventoryChange(from: old, to: new)
        let byName = Dictionary(new.map { ($0.name, $0) }) { first, _ in first }
        let gone = change.gone.filter { watched[$0] != nil }
        // One that was named before the file knew it is reached as the file says from now on.
        let known = watched.values.filter { byName[$0.name] != nil && byName[$0.name] != $0 }.map(\.name)
        let targets = known.compactMap { byName[$0] }
        let alike = targets.filter { target in
            watched[target.name].map { InventoryChange.isReachedAlike($0, target) } ?? false
        }
        let redialled = targets.filter { target in !alike.contains { $0.name == target.name } }
        await sink.remove((gone + redialled.map(\.name)).map { HostID($0) })
        await sink.letGo(gone.map { HostID($0) })
        for name in gone + redialled.map(\.name) { watched[name] = nil }
        for target in alike { watched[target.name] = target }
        await sink.update(alike)
        do {
            try await watch(redialled + (wantsAll ? new.filter { watched[$0.name] == nil } : []))
        } catch {
            logger.error("hosts cannot be added", metadata: ["hub.reason": "\(error)"])
        }
        return change.lines
    }

    private func watch(_ targets: [HostTarget]) async throws {
        var wanted: [HostTarget] = []
        for target in targets where watched[target.name] == nil {
            watched[target.name] = target
            wanted.append(target)
        }
        guard !wanted.isEmpty else { return }
        do {
            try await sink.add(wanted)
        } catch {
            for target in wanted { watched[target.name] = nil }
            throw error
        }
    }
}
