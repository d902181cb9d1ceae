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
    let dispatch: Dispatch
    private let journal: Journal
    private let marks: MarkBook
    private let notifier: Notifier
    private let logger: Logger
    var definitions: [RolloutDefinition] = []
    var tracks: [String: RolloutTrack] = [:]
    /// In the order of their starts.
    private var ids: [String] = []
    private var lastFence: UInt64 = 0
    /// What the journal is yet to be told, in order.
    private var pending: [JournalChange] = []
    private var flushing: Task<JournalError?, Never>?
    /// Why the journal does not take it; nil while it does.
    private var trouble: String?
    private var feeds: [Int: LatestFeed<[RolloutView]>] = [:]
    private var nextFeed = 0
    private var hasNews = false

    /// Those that have ended and are told beside those that go on.
    private static let endedTold = 20

    package init(
        core: HubCore, dispatch: Dispatch, journal: Journal, marks: MarkBook, notifier: Notifier,
        logger: Logger
    ) {
        self.core = core
        self.dispatch = dispatch
        self.journal = journal
        self.marks = marks
        self.notifier = notifier
        self.logger = logger
    }

    /// Goes on where the hub before this one ended; once, before anything else.
    package func restore() async throws(JournalError) {
        for record in try await RolloutBook.restore(journal) {
            tracks[record.id] = RolloutTrack(record, isNew: false, steady: Clock.steadyMilliseconds())
            ids.append(record.id)
            lastFence = max(lastFence, UInt64(clamping: record.rollout.plan.createdAt))
        }
    }

    /// What rollouts.yaml describes; those that go on keep what they were started with.
    package func configure(_ definitions: [RolloutDefinition]) { self.definitions = definitions }

    /// Whether one goes on: then a session's hub stays.
    package var hasOpenRollouts: Bool { tracks.values.contains { !$0.record.isOver } }

    // MARK: What callers ask for

    /// What it would do; nothing is started.
    package func forecast(
        _ request: RolloutRequest, actor: [String: String]
    ) async throws(RolloutError) -> RolloutForecast {
        let (plan, obstacles) = try await plan(request, id: "", actor: Self.name(of: actor))
        let record = RolloutRecord(plan)
        var view = record.view(at: plan.createdAt, wall: plan.createdAt)
        for place in view.hosts.indices {
            (view.hosts[place].step, view.hosts[place].isTouched) = ("waiting", false)
        }
        view.log = []
        return RolloutForecast(rollout: view, obstacles: obstacles.map(\.text))
    }

    /// Journals it and begins; nothing stands in its way, or nothing happens. `uid` is who asks, as the socket's peer proves it.
    package func start(
        _ request: RolloutRequest, actor: [String: String]
    ) async throws(RolloutError) -> RolloutView {
        let by = Self.name(of: actor)
        let (plan, obstacles) = try await plan(request, id: Self.newID(), actor: by)
        for obstacle in obstacles {
            switch obstacle {
            case .locked(let text): throw .locked(text)
            case .closed(let text): if request.override == nil { throw .closed(text) }
            case .away(let text): throw .hosts(text)
            }
        }
        return try await begin(plan, actor, why: request.override.map { "outside its window: \($0)" } ?? "")
    }

    /// Says it to a rollout that goes on; to one that has ended, `rollback` starts the one that takes it back.
    package func order(
        _ request: RolloutOrderRequest, actor: [String: String]
    ) async throws(RolloutError) -> RolloutView {
        let track = try find(request.id)
        let (id, by) = (track.record.id, Self.name(of: actor))
        if track.record.isOver {
            guard request.verb == .rollback else {
                throw .state(
                    "\(track.record.rollout.view.title) has ended: \(track.record.rollout.view.state.words)")
            }
            return try await takeBack(track.record, request, actor)
        }
        let event: RolloutEvent
        switch request.verb {
        case .pause:
            guard track.record.rollout.pause == nil else { throw .state("\(id) is paused already") }
            event = .pause(actor: by, reason: request.reason)
        case .resume:
            let isHeld = if case .held = track.record.rollout.state { true } else { false }
            guard track.record.rollout.pause != nil || isHeld else {
                throw .state("\(id) is neither paused nor held")
            }
            event = .resume(actor: by)
        case .abort: event = .abort(actor: by, reason: request.reason)
        case .rollback: event = .rollBack(actor: by, reason: request.reason)
        }
        do throws(DispatchError) {
            try await dispatch.note(
                "rollout", Self.audit(request.verb.rawValue, track.record.rollout.plan, actor, request.reason)
            )
        } catch {
            throw .journal(error.description)
        }
        take(event, id)
        try await settle()
        return view(tracks[id] ?? track)
    }

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

    // MARK: Beginning

    private func plan(
        _ request: RolloutRequest, id: String, actor: String
    ) async throws(RolloutError) -> (RolloutPlan, [RolloutObstacle]) {
        guard let definition = definitions.first(where: { $0.name == request.name }) else {
            throw .unknownName(request.name, known: definitions.map(\.name))
        }
        let now = Clock.now().milliseconds
        var planner = RolloutPlanner(definition, await facts(definition, at: now))
        let plan = try planner.plan(request, id: id, actor: actor, createdAt: now)
        return (plan, (holder(of: definition.lock).map { [.locked($0)] } ?? []) + planner.obstacles)
    }

    private func holder(of lock: String) -> String? {
        let holder = tracks.values.first {
            !$0.record.isOver && $0.record.rollout.plan.definition.lock == lock
        }
        guard let view = holder?.record.rollout.view else { return nil }
        return "\(view.title) (\(view.id)) holds the lock \(lock): \(view.state.words)"
    }

    private func facts(_ definition: RolloutDefinition, at now: Int64) async -> RolloutFacts {
        let attributes = await core.attributes()
        var probes: [String: ProbeReading] = [:]
        if let probe = definition.health?.probe {
            for host in attributes { probes[host.name] = await core.probe(probe, of: HostID(host.name)) }
        }
        let (weekday, minute) = RolloutFacts.localTime(now)
        return RolloutFacts(
            attributes: attributes, listings: await dispatch.listings([]), probes: probes, weekday: weekday,
            minute: minute)
    }

    private func begin(
        _ plan: RolloutPlan, _ actor: [String: String], why: String
    ) async throws(RolloutError) -> RolloutView {
        do throws(DispatchError) {
            try await dispatch.note("rollout", Self.audit("start", plan, actor, why))
        } catch {
            throw .journal(error.description)
        }
        // Another may have begun while the audit was written.
        if let locked = holder(of: plan.definition.lock) { throw .locked(locked) }
        let record = RolloutRecord(plan)
        let track = RolloutTrack(record, isNew: true, steady: Clock.steadyMilliseconds())
        tracks[plan.id] = track
        ids.append(plan.id)
        pending.append(RolloutBook.document(record))
        forgetTheOldest()
        do throws(RolloutError) {
            try await settle()
        } catch {
            tracks[plan.id] = nil
            ids.removeAll { $0 == plan.id }
            pending.removeAll { $0 == RolloutBook.document(record) }
            throw error
        }
        return view(tracks[plan.id] ?? track)
    }

    private func takeBack(
        _ record: RolloutRecord, _ request: RolloutOrderRequest, _ actor: [String: String]
    ) async throws(RolloutError) -> RolloutView {
        let old = record.rollout.plan
        guard old.undoes == nil else {
            throw .state("\(old.id) took another back; start the version that you want")
        }
        if let locked = holder(of: old.definition.lock) { throw .locked(locked) }
        let newer = ids.last { id in
            guard let other = tracks[id]?.record.rollout.plan else { return false }
            return other.definition.lock == old.definition.lock
        }
        guard newer == old.id else {
            throw .state(
                "\(old.id) is not the last one of \(old.definition.lock): \(newer ?? "") came after it")
        }
        let plan = try RolloutPlanner.undo(
            old, changed: record.rollout.changedHosts, id: Self.newID(), actor: Self.name(of: actor),
            reason: request.reason, createdAt: Clock.now().milliseconds)
        return try await begin(plan, actor, why: request.reason)
    }

    private func forgetTheOldest() {
        let ended = ids.filter { tracks[$0]?.record.isOver == true }
        for id in ended.dropLast(RolloutBook.endedMax) {
            tracks[id] = nil
            ids.removeAll { $0 == id }
            pending.append(RolloutBook.removal(id))
        }
    }

    private func find(_ id: String) throws(RolloutError) -> RolloutTrack {
        if let track = tracks[id] { return track }
        let named = ids.last { tracks[$0]?.record.rollout.plan.definition.name == id }
        if let named, let track = tracks[named] { return track }
        let close = ids.filter { $0.hasPrefix(id) }
        guard let first = close.first, !id.isEmpty, let track = tracks[first] else {
            throw .unknownRollout(id)
        }
        guard close.count == 1 else { throw .ambiguous(id, close) }
        return track
    }

    // MARK: The journal before the effect

    /// Takes in what happened; the journal is told with the next `flush`.
    func take(_ event: RolloutEvent, _ id: String) {
        guard var track = tracks[id] else { return }
        let wall = Clock.now().milliseconds
        let time = track.time(at: Clock.steadyMilliseconds())
        if track.record.take(event, at: time, wall: wall) {
            pending += RolloutBook.changes(track.record, event, wall: wall)
            hasNews = true
        }
        tracks[id] = track
    }

    private func settle() async throws(RolloutError) {
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
        trouble = failure.map { "\($0)" }
        return failure
    }

    private func write() async -> JournalError? {
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

    /// Looks at every rollout that goes on: what its hosts, probes and gate say, and then what it wants.
    package func step() async {
        for id in ids where tracks[id]?.record.isOver == false { await look(id) }
        if await flush() == nil {
            for id in ids { await act(id) }
        }
        guard hasNews else { return }
        hasNews = false
        if !feeds.isEmpty {
            let views = views()
            for feed in feeds.values { feed.send(views) }
        }
    }

    /// Does what the journaled state wants; nothing where the journal has not all of it.
    private func act(_ id: String) async {
        guard let track = tracks[id], pending.isEmpty else { return }
        await announce(id)
        let wanted = track.goesSince == nil ? [] : track.orders
        guard !wanted.isEmpty else { return }
        var due: [WantedOrder] = []
        for order in wanted {
            let isReady = await dispatch.isReady(HostID(order.host))
            // One that is away for a moment comes back; for good it has failed.
            if isReady || track.isPatienceOver(order.host, steady: Clock.steadyMilliseconds()) {
                due.append(order)
            }
        }
        guard tracks[id]?.record.number == track.record.number else { return }
        let plan = track.record.rollout.plan
        do throws(DispatchError) {
            try await dispatch.order(
                due, actor: ["rollout": plan.id, "user": plan.actor], fence: UInt64(clamping: plan.createdAt))
        } catch {
            if trouble == nil { logger.error("a rollout cannot order", metadata: ["hub.reason": "\(error)"]) }
            trouble = error.description
        }
    }

    // MARK: What others are told

    /// Marks on the charts and hooks, each at least once: what was told is in the journal with the next write.
    private func announce(_ id: String) async {
        guard var record = tracks[id]?.record else { return }
        let said = RolloutAnnouncement(record)
        if let mark = said.mark, (try? await marks.add(mark)) != nil {
            record = tracks[id]?.record ?? record
            record.markedBatches = max(record.markedBatches, said.markedBatches)
            record.isWayBackMarked = record.isWayBackMarked || said.marksWayBack
            keep(record)
        }
        record = tracks[id]?.record ?? record
        guard let notice = said.notice else { return }
        do throws(JournalError) {
            try await notifier.tell(notice)
            record = tracks[id]?.record ?? record
            record.told = said.state
            keep(record)
        } catch {
            // Tried again with the next step.
        }
    }

    private func keep(_ record: RolloutRecord) {
        tracks[record.id]?.record = record
        pending.append(RolloutBook.document(record))
    }

    private func view(_ track: RolloutTrack) -> RolloutView {
        var view = track.view(steady: Clock.steadyMilliseconds(), wall: Clock.now().milliseconds)
        if !view.state.isFinal, let trouble {
            view.text = view.text.isEmpty ? trouble : "\(view.text); \(trouble)"
        }
        return view
    }

    // MARK: Words

    private static func name(of actor: [String: String]) -> String {
        actor["as"] ?? actor["user"] ?? actor["uid"] ?? ""
    }

    private static func audit(
        _ verb: String, _ plan: RolloutPlan, _ actor: [String: String], _ why: String
    ) -> String {
        let parameters = plan.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = [verb, plan.id, plan.definition.name] + parameters
        let who = actor.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (words + who).joined(separator: " ") + (why.isEmpty ? "" : ": \(why)")
    }

    /// 16 hexadecimal digits.
    private static func newID() -> String {
        let text = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
