package import Archive
package import Fleet
import Foundation
package import Logging
import Rollouts
import ServiceLifecycle
import Telemetry

/// Takes rollouts over the fleet: feeds each machine with what happened, journals what changed it, and then does what it wants.
///
/// What is wanted follows from the journaled state alone, and an order's id from the rollout, the host and the step. So a hub that
/// was killed anywhere goes on where it was, and no host starts anything twice.
package actor RolloutDriver: Service {
    let core: HubCore
    let clock: HubClock
    let dispatch: Dispatch
    private let journal: Journal
    let marks: MarkBook
    let notifier: Notifier
    let logger: Logger
    var definitions: [RolloutDefinition] = []
    var tracks: [String: RolloutTrack] = [:]
    /// Those that are about to begin: their locks are theirs.
    var starting: [String: RolloutPlan] = [:]
    /// In the order of their starts.
    var ids: [String] = []
    var lastFence: UInt64 = 0
    /// What the journal is yet to be told, in order.
    var pending: [JournalChange] = []
    /// Whether the journal is being told: what it does not have yet has no effect.
    var isWriting = false
    private var flushing: Task<JournalError?, Never>?
    /// Why the journal does not take it; nil while it does.
    var trouble: String?
    /// Why orders cannot be given.
    var orderTrouble: String?
    private var feeds: [Int: LatestFeed<[RolloutView]>] = [:]
    private var nextFeed = 0
    var hasNews = false
    private var toldAt = Int64.min / 2
    /// When the journal was last told that a hub looks at them, by the steady clock.
    var notedAt: Int64?

    /// Those that have ended and are told beside those that go on.
    private static let endedTold = 20

    package init(
        core: HubCore, dispatch: Dispatch, journal: Journal, marks: MarkBook, notifier: Notifier,
        logger: Logger
    ) {
        self.core = core
        clock = core.clock
        self.dispatch = dispatch
        self.journal = journal
        self.marks = marks
        self.notifier = notifier
        self.logger = logger
    }

    /// Goes on where the hub before this one ended; once, before anything else.
    package func restore() async throws(JournalError) {
        let (records, broken) = try await RolloutBook.restore(journal)
        for id in broken {
            logger.error(
                "a rollout in the journal cannot be read: look at its hosts",
                metadata: ["rollout.id": "\(id)"])
        }
        for record in records {
            tracks[record.id] = RolloutTrack(record, isNew: false, steady: clock.steadyMilliseconds())
            ids.append(record.id)
            lastFence = max(lastFence, record.fence)
        }
        pauseAfterOutage(since: try await RolloutBook.lastSeen(journal))
    }

    /// What rollouts.yaml describes; those that go on keep what they were started with.
    package func configure(_ definitions: [RolloutDefinition]) { self.definitions = definitions }

    /// Whether one goes on: then a session's hub stays.
    package var hasOpenRollouts: Bool { tracks.values.contains { !$0.record.isOver } }

    /// Those that go on and the last ones that ended, oldest first.
    package func views() -> [RolloutView] {
        let ended = ids.filter { tracks[$0]?.record.isOver == true }.suffix(Self.endedTold)
        return ids.filter { tracks[$0]?.record.isOver == false || ended.contains($0) }
            .compactMap { tracks[$0].map(view) }
    }

    /// The same, now and at each change.
    package func feed() -> LatestFeed<[RolloutView]> {
        let feed = LatestFeed<[RolloutView]>()
        let number = nextFeed
        nextFeed += 1
        feeds[number] = feed
        feed.onTermination { Task { await self.forget(number) } }
        feed.send(views())
        return feed
    }

    private func forget(_ number: Int) { feeds[number] = nil }

    func view(_ track: RolloutTrack) -> RolloutView {
        let (steady, wall) = (clock.steadyMilliseconds(), clock.now().milliseconds)
        var view = track.view(steady: steady, wall: wall)
        if track.record.isOver, let undo = taker(of: track.record.id) {
            view = view.taken(backBy: undo.view(steady: steady, wall: wall))
        }
        if !view.state.isFinal, let trouble = trouble ?? orderTrouble {
            view.text = view.text.isEmpty ? trouble : "\(view.text); \(trouble)"
        }
        return view
    }

    /// The rollout that takes another back; the newest where there were several.
    private func taker(of id: String) -> RolloutTrack? {
        ids.last { tracks[$0]?.record.rollout.plan.undoes == id }.flatMap { tracks[$0] }
    }

    // MARK: The journal before the effect

    /// Takes in what happened; the journal is told with the next `flush`.
    func take(_ event: RolloutEvent, _ id: String) {
        guard var track = tracks[id] else { return }
        let wall = clock.now().milliseconds
        let time = track.time(at: clock.steadyMilliseconds())
        if track.record.take(event, at: time, wall: wall) {
            pending += RolloutBook.changes(track.record, event, wall: wall)
            hasNews = true
        }
        tracks[id] = track
    }

    func settle() async throws(RolloutError) {
        hasNews = true
        if let failure = await flush() { throw .journal("\(failure)") }
    }

    /// Writes everything that is pending, in order; what was refused stays.
    func flush() async -> JournalError? {
        let before = flushing
        let task = Task { () -> JournalError? in
            _ = await before?.value
            return await self.write()
        }
        flushing = task
        let failure = await task.value
        if let failure, trouble == nil {
            logger.error("rollouts stand still", metadata: ["journal.reason": "\(failure)"])
        }
        trouble = failure.map { "nothing is ordered, as the journal cannot be written: \($0)" }
        return failure
    }

    private func write() async -> JournalError? {
        isWriting = true
        defer { isWriting = false }
        while !pending.isEmpty {
            let changes = pending
            pending = []
            do throws(JournalError) {
                try await journal.write(changes)
            } catch {
                pending = changes + pending
                return error
            }
        }
        return nil
    }

    // MARK: Time passes

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do {
                    try await Task.sleep(for: .milliseconds(Self.stepMilliseconds))
                } catch {
                    return
                }
                await self.step()
            }
        }
    }

    /// An order's end is seen within so long.
    private static let stepMilliseconds = 200
    /// Screens are told of changes so often at most: of a thousand hosts one is a third of a MiB.
    private static let tellMilliseconds: Int64 = 400

    /// Looks at every rollout that goes on: what its hosts, probes and gate say, and then what it wants.
    package func step() async {
        for id in ids where tracks[id]?.record.isOver == false { await look(id) }
        for id in ids { await disturb(id) }
        noteThatItLooks()
        if await flush() == nil {
            for id in ids { await act(id) }
        }
        let steady = clock.steadyMilliseconds()
        guard hasNews, steady - toldAt >= Self.tellMilliseconds else { return }
        (hasNews, toldAt) = (false, steady)
        if !feeds.isEmpty {
            let views = views()
            for feed in feeds.values { feed.send(views) }
        }
    }
}
