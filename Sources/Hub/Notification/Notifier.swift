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
        /// How long after its last screen it ends; nil for one that stays.
        package var lingerMilliseconds: Int64?
        /// The hooks that each rule tells, for `martlet alerts test`.
        package var hooksOfRules: [String: [String]]

        package init(
            settings: HookSettings = HookSettings(), folder: String = "/", runsHooks: Bool = false,
            lingerMilliseconds: Int64? = nil, hooksOfRules: [String: [String]] = [:]
        ) {
            self.settings = settings
            self.folder = folder
            self.runsHooks = runsHooks
            self.lingerMilliseconds = lingerMilliseconds
            self.hooksOfRules = hooksOfRules
        }
    }

    let journal: Journal
    let runner: HookRunner
    let notes: String
    let logger: Logger
    let clock: HubClock
    let hubHost: String
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
    var owed = OwedChanges()
    var isWriting = false
    var waitingToWrite: [CheckedContinuation<Void, Never>] = []
    /// What a host is called and tagged, for the selectors of silences.
    var attributes: @Sendable (String) async -> HostAttributes = { HostAttributes(name: $0) }
    var knownHosts: [String: HostAttributes] = [:]
    /// What is open as the evaluation sees it now.
    private var presentAlerts: @Sendable () async -> PresentAlerts = { PresentAlerts(open: []) }
    /// Alerts that hold and are not open because too many are.
    var unopened = 0
    /// Whether it was said that notices are refused.
    private var isRefusing = false
    var watchers: [Int: LatestFeed<AlertBoard>] = [:]
    var nextWatcher = 0
    /// The last transition whose notices wait or have been told: a record may come again with what was told meanwhile.
    var lastQueued: Int64 = 0
    private var isRestored = false
    /// Whether anything may be told.
    private(set) var hasBegun = false
    private var begunAt: Int64 = 0
    /// So long after its begin hosts have come, and rules have looked at them.
    private static let keptMillisecondsHeld: Int64 = 60_000
    /// Runs that have ended and whose end the journal does not have yet: a hub that left now would tell again.
    var finishing = 0
    var heartbeatAt: Int64?
    package internal(set) var isHeartbeatRunning = false

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
        (outbox.hooks, outbox.isRunning) = (setup.settings.hooks, setup.runsHooks)
    }

    /// Takes what a reload says. Runs that are under way go on as they were.
    package func configure(_ setup: Setup) {
        self.setup = setup
        (outbox.hooks, outbox.isRunning) = (setup.settings.hooks, setup.runsHooks)
        changed()
    }

    package func setAttributes(_ attributes: @escaping @Sendable (String) async -> HostAttributes) {
        self.attributes = attributes
    }

    /// Where the values of now come from: a record is made when an alert's state changes, and not for each value.
    package func setPresentAlerts(_ present: @escaping @Sendable () async -> PresentAlerts) {
        presentAlerts = present
    }

    /// Reads what the hub before this one kept; once, before anything else. Nothing is done with it before ``begin()``.
    package func restore() async throws {
        guard !isRestored else { return }
        isRestored = true
        let saved = try await AlertStore.savedAlerts(journal)
        lastQueued = saved.lastNumber
        let lastRun = try await journal.documents("outbox").first.flatMap { Int64($0.body) } ?? 0
        let kept = outbox.restore(
            queue: try await AlertStore.all("notice", journal),
            runs: try await AlertStore.all("run", journal), told: try await AlertStore.all("told", journal),
            gathers: try await AlertStore.all("gather", journal), lastRun: lastRun,
            at: clock.steadyMilliseconds(), wall: clock.now())
        if !kept.isEmpty { try? await write(kept.flatMap(AlertStore.change)) }
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
        events = try await journal.entries(["event"], from: day, to: later, limit: AlertBoard.eventsMax)
            .compactMap { AlertStore.value($0.body) }
        reports = try await journal.entries(["report"], from: day, to: later, limit: Self.reportsMax)
            .compactMap { AlertStore.value($0.body) }
        changed()
    }

    /// Goes on where that hub ended; once, when it is known which hooks there are, and what hosts are called and tagged.
    package func begin() async {
        guard !hasBegun else { return }
        await learnHosts()
        hasBegun = true
        outbox.tellsKept = false
        begunAt = clock.steadyMilliseconds()
        for run in outbox.runs.values { resume(run) }
        await pump()
        changed()
    }

    static let dayMilliseconds: Int64 = 86_400_000
    static let reportsMax = 50

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
        // No later hub tells of it: it would be of what was.
        guard outbox.isRunning else { return }
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
                if await self.isRefreshDue(seconds) { await self.refresh() }
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
        sayRefusals()
        if clock.steadyMilliseconds() - begunAt >= Self.keptMillisecondsHeld { outbox.tellsKept = true }
        let changes = outbox.repeats(
            at: clock.steadyMilliseconds(), current: { self.alert($0) }, isSilenced: isSilenced)
        // What could not be written is tried again, whether or not anything happens.
        if !changes.isEmpty || !owed.isEmpty { try? await write(changes.flatMap(AlertStore.change)) }
        await pump()
    }

    /// Every few seconds, and less often where thousands are open, since each is printed anew.
    private func isRefreshDue(_ seconds: Int) -> Bool {
        (!open.isEmpty || unopened > 0) && seconds % (Self.refreshSeconds + open.count / 1000) == 0
    }

    private static let refreshSeconds = 5

    /// Takes over the present values of what is open.
    package func refresh() async {
        let found = await presentAlerts()
        // Groups and tags may be others since a reload.
        var isChanged = await learnHosts() || found.unopened != unopened
        take(unopened: found.unopened)
        for present in found.open {
            // It may have gone on while they were asked for; what state it is in, the records say.
            guard let known = open[present.key], known.since == present.since else { continue }
            var alert = known
            (alert.value, alert.valueText, alert.summary) = (
                present.value, present.valueText, present.summary
            )
            (alert.thresholdText, alert.worstHost) = (present.thresholdText, present.worstHost)
            guard alert != known else { continue }
            open[present.key] = alert
            isChanged = true
        }
        if isChanged { changed() }
    }

    private func take(unopened found: Int) {
        if unopened == 0, found > 0 {
            logger.error(
                "more alerts hold than are opened: the others come when there is room",
                metadata: ["alerts.open": "\(open.count)", "alerts.unopened": "\(found)"])
        } else if unopened > 0, found == 0 {
            logger.notice("all alerts that hold are open again")
        }
        unopened = found
    }

    /// Once when the first notice of a flood is refused, and once when half of what waited has been told.
    private func sayRefusals() {
        let isNow = outbox.refusedOfLate > 0
        guard isNow != isRefusing else { return }
        isRefusing = isNow
        if isNow {
            logger.error(
                "too many notices wait for hooks: more are refused, ends of what was told are not",
                metadata: ["hooks.waiting": "\(outbox.queue.count)", "hooks.refused": "\(outbox.refused)"])
        } else {
            logger.notice(
                "half of the notices that waited for hooks have been told: none is refused any more",
                metadata: ["hooks.refused": "\(outbox.refused)"])
        }
        changed()
    }

    private func expire() async {
        try? await journal.expire(before: clock.now().advanced(byMilliseconds: -Self.keptMilliseconds))
    }

    /// Whether a session hub may leave: nothing waits to be told, and what was told is kept.
    package var isIdle: Bool { outbox.isIdle && finishing == 0 }

    /// Notices that wait, and those that were refused since this hub began.
    package var figures: (waiting: Int, refused: UInt64) { (outbox.queue.count, outbox.refused) }
}

/// What is open as the evaluation sees it now, and how many more would be had they room.
package struct PresentAlerts: Sendable {
    package var open: [Alert]
    package var unopened: Int

    package init(open: [Alert], unopened: Int = 0) {
        self.open = open
        self.unopened = unopened
    }
}
