package import Archive
package import Fleet
import Foundation
import Glibc
package import Logging
import ServiceLifecycle
import Telemetry

/// Keeps alerts, and tells people of them: the journal before each effect, then the hooks.
///
/// What it decides is `Outbox`'s; what people do to alerts (acknowledge, silence, note) is in `Notifier+People.swift`.
package actor Notifier: AlertJournal, AlertNotices, Service {
    /// Where hooks lie and what they are; what a reload changes.
    package struct Setup: Sendable {
        package var settings: HookSettings
        /// The configuration's folder, where hooks run.
        package var folder: String
        /// Whether this hub is one that runs hooks.
        package var runsHooks: Bool
        /// The hooks that each rule tells, for `martlet alerts test`.
        package var hooksOfRules: [String: [String]]

        package init(
            settings: HookSettings = HookSettings(), folder: String = "/", runsHooks: Bool = false,
            hooksOfRules: [String: [String]] = [:]
        ) {
            self.settings = settings
            self.folder = folder
            self.runsHooks = runsHooks
            self.hooksOfRules = hooksOfRules
        }
    }

    let journal: Journal
    private let runner: HookRunner
    private let notes: String
    let logger: Logger
    let clock: HubClock
    private let hubHost: String
    var setup: Setup
    var outbox = Outbox()
    /// Open alerts as the last record left them.
    var open: [AlertKey: Alert] = [:]
    var acknowledgements: [AlertKey: Acknowledgement] = [:]
    var silences: [String: Silence] = [:]
    /// The silences' selectors, read once.
    var selectors: [String: Selector] = [:]
    /// When silences are over, by a clock that nobody sets: a step of the other one neither ends nor prolongs them.
    var silenceEnds: [String: Int64] = [:]
    var events: [AlertEvent] = []
    var reports: [HookReport] = []
    var journalTrouble: String?
    private var owed = OwedChanges()
    /// What a host is called and tagged, for the selectors of silences.
    var attributes: @Sendable (String) async -> HostAttributes = { HostAttributes(name: $0) }
    var knownHosts: [String: HostAttributes] = [:]
    var watchers: [Int: LatestFeed<AlertBoard>] = [:]
    var nextWatcher = 0
    /// The last transition whose notices wait or have been told: a record may come again with what was told meanwhile.
    private var lastQueued: Int64 = 0
    private var isRestored = false
    /// Runs that have ended and whose end the journal does not have yet: a hub that left now would tell again.
    private var finishing = 0
    private var heartbeatAt: Int64?
    private var isHeartbeatRunning = false

    /// `notes` is a folder for how hooks ended, made where it is missing.
    package init(
        journal: Journal, notes: String, setup: Setup = Setup(), runner: HookRunner = HookRunner(),
        hubHost: String = ProcessInfo.processInfo.hostName, clock: HubClock = .system, logger: Logger
    ) {
        self.journal = journal
        self.notes = notes
        self.setup = setup
        self.runner = runner
        self.clock = clock
        self.hubHost = hubHost
        self.logger = logger
        mkdir(notes, 0o700)
        outbox.hooks = setup.runsHooks ? setup.settings.hooks : [:]
    }

    /// Takes what a reload says. Runs that are under way go on as they were.
    package func configure(_ setup: Setup) {
        self.setup = setup
        outbox.hooks = setup.runsHooks ? setup.settings.hooks : [:]
        changed()
    }

    package func setAttributes(_ attributes: @escaping @Sendable (String) async -> HostAttributes) {
        self.attributes = attributes
    }

    // MARK: The journal

    package func savedAlerts() async throws -> SavedAlerts {
        try await AlertStore.savedAlerts(journal)
    }

    /// Goes on where the hub before this one ended; once, before anything else.
    package func restore() async throws {
        guard !isRestored else { return }
        isRestored = true
        let saved = try await AlertStore.savedAlerts(journal)
        lastQueued = saved.lastNumber
        outbox.hooks = setup.runsHooks ? setup.settings.hooks : [:]
        let lastRun = try await journal.documents("outbox").first.flatMap { Int64($0.body) } ?? 0
        outbox.restore(
            queue: try await AlertStore.all("notice", journal),
            runs: try await AlertStore.all("run", journal),
            told: try await AlertStore.all("told", journal), lastRun: lastRun, at: clock.steadyMilliseconds())
        for silence: Silence in try await AlertStore.all("silence", journal) { keep(silence) }
        for document in try await journal.documents("ack") {
            guard let alert = saved.open.first(where: { $0.alert.key.fingerprint == document.id })?.alert,
                let found: Acknowledgement = AlertStore.value(document.body)
            else { continue }
            acknowledgements[alert.key] = found
        }
        for known in saved.open { await take(known.alert) }
        let now = clock.now()
        let day = now.advanced(byMilliseconds: -Self.dayMilliseconds)
        let later = now.advanced(byMilliseconds: Self.dayMilliseconds)
        events = try await journal.entries(["event"], from: day, to: later, limit: Self.eventsMax)
            .compactMap { AlertStore.value($0.body) }
        reports = try await journal.entries(["report"], from: day, to: later, limit: Self.reportsMax)
            .compactMap { AlertStore.value($0.body) }
        for run in outbox.runs.values { resume(run) }
        changed()
    }

    static let dayMilliseconds: Int64 = 86_400_000
    static let eventsMax = 500
    static let reportsMax = 50

    package func record(_ changes: AlertChanges) async throws {
        for key in changes.closed {
            open[key] = nil
            acknowledgements[key] = nil
        }
        for saved in changes.changed { await take(saved.alert) }
        for transition in changes.transitions { await learn(transition.alert) }
        var kept = AlertStore.changes(for: changes)
        // From here to the journal's own queue nobody comes between: no run begins before its notice is kept.
        let new = changes.transitions.filter { $0.number > lastQueued }
        for transition in new { kept += queue(transition).flatMap(AlertStore.change) }
        note(new)
        try await write(kept)
    }

    /// The notices of a transition wait from now on.
    private func queue(_ transition: AlertTransition) -> [OutboxChange] {
        lastQueued = max(lastQueued, transition.number)
        return outbox.add(transition, isSilenced: isSilenced(transition.alert))
    }

    private func note(_ transitions: [AlertTransition]) {
        for transition in transitions {
            let alert = transition.alert
            let kind: AlertEvent.Kind
            switch transition.kind {
            case .firing: kind = .firing
            case .resolved: kind = .resolved
            case .pending, .unmuted, .dropped: continue
            }
            remember(
                AlertEvent(
                    kind: kind, at: transition.at, id: alert.id, subject: alert.name, place: alert.place,
                    severity: alert.severity, text: alert.summary))
        }
    }

    func take(_ alert: Alert) async {
        await learn(alert)
        open[alert.key] = alert
    }

    private func learn(_ alert: Alert) async {
        guard let host = alert.host else { return }
        knownHosts[host] = await attributes(host)
    }

    /// Writes, and says once when it cannot and once when it can again. What fails `isOwed`, unless a person asked for it and
    /// is told so.
    func write(_ changes: [JournalChange], isOwed: Bool = true) async throws(JournalError) {
        let before = owed
        owed = OwedChanges()
        do {
            try await journal.write(before.all + changes)
            if journalTrouble != nil { logger.notice("the journal can be written again") }
            journalTrouble = nil
        } catch {
            if journalTrouble == nil {
                logger.error("the journal cannot be written", metadata: ["journal.reason": "\(error)"])
            }
            journalTrouble = "\(error)"
            let meanwhile = owed.all
            owed = before
            if isOwed { owed.add(changes) }
            owed.add(meanwhile)
            throw error
        }
    }

    // MARK: Telling

    package func deliver(_ transitions: [AlertTransition], isJournaled: Bool) async {
        for transition in transitions where transition.number > lastQueued {
            await learn(transition.alert)
            _ = queue(transition)
        }
        await pump()
        changed()
    }

    /// What is no alert of a rule, told through the same outbox; the journal has it when this returns.
    func tell(_ transition: AlertTransition) async throws(JournalError) {
        // Tried again where the journal did not take it: it waits already.
        let isKnown =
            outbox.queue.contains { $0.number == transition.number }
            || outbox.runs.values.contains { $0.notices.contains { $0.number == transition.number } }
        if !isKnown {
            try await write(outbox.add(transition, isSilenced: false).flatMap(AlertStore.change))
        }
        await pump()
        changed()
    }

    /// Starts whatever may begin. The journal has an attempt before it begins, or the hook is told that it has not.
    private func pump() async {
        while let (run, changes) = outbox.next(at: clock.steadyMilliseconds(), isSilenced: isSilenced) {
            var run = run
            do {
                try await write(changes.flatMap(AlertStore.change))
            } catch {
                // Paging goes before bookkeeping.
                run?.isJournaled = false
                if let run { outbox.isUnjournaled(run.number) }
            }
            if let run { begin(run) }
        }
    }

    private func begin(_ run: HookRun) {
        guard let hook = outbox.hooks[run.hook] else {
            Task {
                await finish(
                    run, HookResult(outcome: .notStarted(reason: "the hook is not defined any more")))
            }
            return
        }
        let facts = HookFacts(run, hubHost: hubHost)
        let request = HookRequest(
            command: hook.request, secret: hook.secret, timeoutMilliseconds: hook.timeout.milliseconds,
            facts: facts.environment, input: facts.input, folder: setup.folder, note: notePath(run))
        // Not a child of whoever delivers: a hub that ends leaves the hook to its supervisor and reads the note later.
        Task { await finish(run, await runner.run(request)) }
    }

    private func notePath(_ run: HookRun) -> String { "\(notes)/\(run.number)" }

    private func finish(_ run: HookRun, _ result: HookResult) async {
        let (ending, changes) = outbox.finish(run.number, result.outcome, at: clock.steadyMilliseconds())
        guard ending != .unknown else { return }
        finishing += 1
        defer { finishing -= 1 }
        let report = report(of: run, result, ending)
        try? await write(changes.flatMap(AlertStore.change) + [AlertStore.report(report)])
        if ending == .ended { unlink(notePath(run)) }
        remember(report)
        if result.outcome != .done {
            logger.warning(
                "a hook did not do its work",
                metadata: [
                    "hook.name": "\(run.hook)", "hook.outcome": "\(result.outcome.text)",
                    "hook.attempt": "\(run.attempt)", "hook.output": "\(result.output)",
                ])
        }
        await pump()
        changed()
    }

    private func report(of run: HookRun, _ result: HookResult, _ ending: OutboxEnding) -> HookReport {
        var report = HookReport(
            hook: run.hook, run: run.number, status: run.status, attempt: run.attempt,
            alerts: run.notices.map(\.alert.id), name: run.worst?.alert.name ?? "",
            at: result.started ?? clock.now(), isDone: result.outcome == .done, outcome: result.outcome.text,
            output: result.output)
        if case .again(let wait) = ending { report.againAt = clock.now().advanced(byMilliseconds: wait) }
        return report
    }

    /// A run that was under way when the hub before this one ended: it runs still, has left a note, or is lost.
    private func resume(_ run: HookRun) {
        Task {
            while true {
                switch HookNote.read(notePath(run), program: run.hook) {
                case .running:
                    do {
                        try await Task.sleep(for: .milliseconds(Self.resumeMilliseconds))
                    } catch {
                        return
                    }
                case .ended(let outcome): return await finish(run, HookResult(outcome: outcome))
                case .lost:
                    outbox.repeatAfterCrash(run.number, at: clock.steadyMilliseconds())
                    return await pump()
                }
            }
        }
    }

    private static let resumeMilliseconds = 100

    // MARK: Time passes

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var seconds = 0
            while true {
                do {
                    try await Task.sleep(for: .milliseconds(Self.tickMilliseconds))
                } catch {
                    return
                }
                await self.tick()
                seconds += 1
                if seconds % 3600 == 0 { await self.expire() }
            }
        }
    }

    private static let tickMilliseconds = 1000
    /// Events and reports older than this are forgotten.
    private static let keptMilliseconds: Int64 = 90 * 86_400_000

    /// Once a second: retries, repeats, the end of gathering, and of silences.
    package func tick() async {
        await expireSilences()
        let changes = outbox.repeats(
            at: clock.steadyMilliseconds(), current: { self.alert($0) }, isSilenced: isSilenced)
        if !changes.isEmpty { try? await write(changes.flatMap(AlertStore.change)) }
        await pump()
    }

    private func expire() async {
        try? await journal.expire(before: clock.now().advanced(byMilliseconds: -Self.keptMilliseconds))
    }

    /// An evaluation of all rules went through: the watcher is alive.
    package func evaluationWentThrough() {
        guard setup.runsHooks, let heartbeat = setup.settings.heartbeat, !isHeartbeatRunning else { return }
        let now = clock.steadyMilliseconds()
        guard now - (heartbeatAt ?? Int64.min / 2) >= heartbeat.every.milliseconds else { return }
        heartbeatAt = now
        isHeartbeatRunning = true
        let request = HookRequest(
            command: HookDefinition(name: "heartbeat", command: heartbeat.command).request,
            timeoutMilliseconds: heartbeat.timeout.milliseconds,
            facts: ["MARTLET_STATUS": "alive", "MARTLET_AT": HookFacts.text(clock.now())],
            folder: setup.folder)
        Task { finishHeartbeat(await runner.run(request)) }
    }

    private func finishHeartbeat(_ result: HookResult) {
        isHeartbeatRunning = false
        guard result.outcome != .done else { return }
        logger.warning(
            "the heartbeat failed",
            metadata: ["hook.outcome": "\(result.outcome.text)", "hook.output": "\(result.output)"])
    }

    /// Runs a hook at once, outside of any order, and waits for it: `martlet alerts test`.
    func test(_ hook: HookDefinition, _ alert: Alert) async -> HookReport {
        let run = HookRun(
            number: 0, hook: hook.name,
            notices: [HookNotice(number: 0, hook: hook.name, moment: .firing, alert: alert)], attempt: 1,
            triedMilliseconds: 0, isJournaled: true)
        let facts = HookFacts(run, hubHost: hubHost, isTest: true)
        let result = await runner.run(
            HookRequest(
                command: hook.request, secret: hook.secret, timeoutMilliseconds: hook.timeout.milliseconds,
                facts: facts.environment, input: facts.input, folder: setup.folder))
        var report = report(of: run, result, .ended)
        report.status = "test"
        return report
    }

    /// Whether a session hub may leave: nothing waits to be told, and what was told is kept.
    package var isIdle: Bool { outbox.isIdle && finishing == 0 }
}

extension HookDefinition {
    var request: HookRequest.Command {
        switch command {
        case .run(let words): .argv(words)
        case .shell(let line): .shell(line)
        }
    }
}
