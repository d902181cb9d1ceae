import Archive
import Fleet
import Foundation
import Hub
import HubSupport
import Logging
import Rollouts
import Telemetry
import TestSupport
import Testing
import Wire

/// The parts of a hub that rollouts need, over hosts that a test invents and under clocks that it moves. It may be killed at
/// any moment, and another one begins with what is on the disk.
actor RolloutRig {
    nonisolated let folder: TemporaryFolder
    nonisolated let times = MovableClock()
    nonisolated let hosts: [InventedFleetHost]
    private let definition: RolloutDefinition
    private let journalBytesMax: Int64
    private var auditBytesMax: Int
    /// Called in the moment in which a message leaves the hub.
    private let onMessage: @Sendable (WireMessage) async -> Void
    private(set) var life: Life?
    private var sessions: [String: Session] = [:]

    /// One hub, from its begin to its end.
    struct Life {
        let core: HubCore
        let dispatch: Dispatch
        let journal: Journal
        let notifier: Notifier
        let driver: RolloutDriver
    }

    private struct Session {
        var intake: SourceIntake
        var agent: InventedAgent
    }

    static let versions = ["1", "2", "3"]
    static let hook = "echo \"$MARTLET_STATUS $MARTLET_SUMMARY\" >> told"

    /// Of `count` hosts `web1`, `web2` …, each with the actions of the definition; `change` makes it and them what the test needs.
    init(
        _ count: Int, journalBytesMax: Int64 = Journal.bytesMax, auditBytesMax: Int = OrderJournal.bytesMax,
        define: @Sendable (inout RolloutDefinition) -> Void = { _ in },
        actions change: @Sendable (inout DeclaredAction) -> Void = { _ in },
        onMessage: @escaping @Sendable (WireMessage) async -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder()
        self.auditBytesMax = auditBytesMax
        self.onMessage = onMessage
        self.journalBytesMax = journalBytesMax
        var definition = RolloutDefinition("web", hosts: "host=*", action: "deploy")
        definition.parameters = [.init("version")]
        definition.health = .init(probe: "web", version: "{version}", within: 30_000, steady: 2000)
        definition.rollback = .init(action: "back")
        define(&definition)
        self.definition = definition
        var declared: [DeclaredAction] = []
        for name in Set(definition.actions).sorted() {
            let isMain = name == definition.action && !definition.parameters.isEmpty
            var action = DeclaredAction(
                name: name, about: name,
                parameters: isMain ? [.init(name: "version", type: try ActionParameter("version"))] : [])
            change(&action)
            declared.append(action)
        }
        let actions = declared
        hosts = (1...count).map { InventedFleetHost("web\($0)", actions) }
    }

    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    nonisolated var journalPath: String { "\(folder.url.path)/journal.db" }
    nonisolated var auditPath: String { "\(folder.url.path)/audit.jsonl" }

    nonisolated func text(_ name: String) -> String {
        (try? String(contentsOf: folder.url.appending(path: name), encoding: .utf8)) ?? ""
    }

    // MARK: The hub's lives

    /// A hub begins, and hosts come to it.
    func begin(connecting: Bool = true) async throws {
        let core = HubCore(clock: times.clock)
        let dispatch = Dispatch(
            core: core, journal: try OrderJournal(folder.url.path, bytesMax: auditBytesMax))
        await core.use(dispatch)
        let journal = try Journal(path: journalPath, bytesMax: journalBytesMax, reserveBytes: 0)
        var settings = HookSettings()
        settings.hooks["chat"] = HookDefinition(name: "chat", command: .shell(Self.hook), gather: .zero)
        let notifier = Notifier(
            journal: journal, notes: "\(folder.url.path)/hooks",
            setup: .init(settings: settings, folder: folder.url.path, runsHooks: true), clock: times.clock,
            logger: Self.silent)
        try await notifier.restore()
        await notifier.begin()
        let marks = MarkBook(journal: journal)
        try await marks.restore(at: times.now)
        let driver = RolloutDriver(
            core: core, dispatch: dispatch, journal: journal, marks: marks, notifier: notifier,
            logger: Self.silent)
        try await driver.restore()
        await driver.configure([definition])
        life = Life(core: core, dispatch: dispatch, journal: journal, notifier: notifier, driver: driver)
        for host in hosts {
            _ = await core.add(SourceCommand(host: host.id, arguments: [], summary: host.name))
            if connecting { await connect(host) }
        }
        if connecting { await pass(seconds: 2) }
    }

    /// There is room in the audit again, for the next hub.
    func makeRoom() { auditBytesMax = OrderJournal.bytesMax }

    /// As a machine that loses its power; hosts go on.
    func kill() {
        life = nil
        sessions = [:]
    }

    func connect(_ host: InventedFleetHost) async {
        guard let life else { return }
        let probe: Labels = ["probe": "web"]
        let agent = InventedAgent(
            [
                SeriesKey("martlet_probe_success", probe),
                SeriesKey("martlet_probe_timestamp_seconds", probe),
            ]
                + Self.versions.map {
                    SeriesKey("martlet_probe_version_info", ["probe": "web", "version": $0])
                }, type: .gauge)
        sessions[host.name] = Session(intake: SourceIntake(host: host.id), agent: agent)
        await hear(host, InventedAgent.hello())
        let onMessage = onMessage
        await life.core.attach(host.id) { bytes in
            var decoder = FrameDecoder()
            decoder.append(bytes)
            while let message = try? decoder.next() {
                await onMessage(message)
                if case .order(let order) = message { host.take(order) }
            }
        }
        await life.dispatch.attached(host.id)
        await hear(host, FrameEncoder.frame(.actions(HostActions(actions: host.declared))))
    }

    func disconnect(_ host: InventedFleetHost) async {
        sessions[host.name] = nil
        await life?.core.detach(host.id)
        await life?.core.hasFailed(host.id, reason: "gone", name: "gone")
    }

    /// The host goes down with what it was told, and is away for so long.
    func reboot(_ host: InventedFleetHost, seconds: Int) async {
        await disconnect(host)
        await pass(seconds: seconds)
        host.reboot(at: times.now)
        await connect(host)
    }

    private func hear(_ host: InventedFleetHost, _ bytes: [UInt8]) async {
        guard let life, var session = sessions[host.name] else { return }
        _ = await session.intake.take(
            bytes, atMilliseconds: times.clock.steadyMilliseconds(), into: life.core)
        if sessions[host.name] != nil { sessions[host.name]?.intake = session.intake }
    }

    // MARK: Time

    /// Second by second: hosts say what they have to say, and the hub looks and acts.
    func pass(seconds: Int) async {
        for _ in 0..<seconds {
            times.pass(1000)
            for host in hosts where sessions[host.name] != nil {
                let now = times.now.advanced(byMilliseconds: host.aheadMilliseconds)
                if let bytes = sessions[host.name]?.agent.tick(now, probe(host, at: now)) {
                    await hear(host, bytes)
                }
                for report in host.reports(at: now) {
                    await hear(host, FrameEncoder.frame(.report(report)))
                }
            }
            await life?.driver.step()
            await life?.dispatch.expire(at: times.now)
        }
    }

    private func probe(_ host: InventedFleetHost, at now: Timestamp) -> [Double] {
        let second = Double(now.milliseconds) / 1000
        return [host.isWell ? 1 : 0, second] + Self.versions.map { $0 == host.version ? 1 : .nan }
    }

    /// Until it is so, or for an hour.
    func pass(until isSo: (RolloutView) -> Bool) async throws -> RolloutView {
        for _ in 0..<3600 {
            let view = try await rollout()
            if isSo(view) { return view }
            await pass(seconds: 1)
        }
        return try await rollout()
    }

    // MARK: People

    /// The newest one.
    func rollout() async throws -> RolloutView { try #require(await life?.driver.views().last) }

    @discardableResult
    func start(_ version: String = "2") async throws -> RolloutView {
        try await #require(life).driver.start(
            RolloutRequest(
                name: "web", parameters: definition.parameters.isEmpty ? [:] : ["version": version]),
            actor: ["as": "anna"])
    }

    @discardableResult
    func say(_ verb: RolloutOrderRequest.Verb, _ reason: String = "") async throws -> RolloutView {
        try await #require(life).driver.order(
            RolloutOrderRequest(id: "web", verb: verb, reason: reason), actor: ["as": "bert"])
    }
}
