package import Archive
import Fleet
import Foundation
import Glibc
import Hummingbird
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Telemetry
import UnixSignals

/// How a hub is started.
package struct HubOptions: Sendable {
    package var folders: HubFolders
    /// Ends itself this long after its last client; nil for a hub that stays.
    package var lingerMilliseconds: Int64?
    /// Whether the socket is open to the group.
    package var isGroupOpen = false
    /// Words for the first hosts; empty for all of hosts.yaml, or this machine.
    package var hosts: [String] = []
    /// The folder of configuration; nil for none.
    package var configuration: ConfigFolder?
    /// Looks for the folder at a reload, where there was none at first.
    package var findConfiguration: @Sendable () -> ConfigFolder? = { nil }
    package var agent: String?
    package var waits = SourceWaits()

    package init(folders: HubFolders) {
        self.folders = folders
    }
}

/// The hub as a process: its lock, its sources, its API, until a signal or the end of its linger.
package struct HubServer: Sendable {
    private let options: HubOptions
    private let logger: Logger
    private let core: HubCore
    private let clients = ClientCount()

    package init(_ options: HubOptions, logger: Logger, head: Head = Head()) {
        self.options = options
        self.logger = logger
        core = HubCore(head: head)
    }

    package func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        try options.folders.make(isGroupOpen: options.isGroupOpen)
        let lock = try HubLock(
            options.folders, isSession: options.lingerMilliseconds != nil, logger: logger)
        // Only the lock's holder may take a dead hub's socket away.
        unlink(options.folders.socket)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let orders = try OrderJournal(options.folders.state)
        if let fault = orders.fault {
            logger.error(
                "the audit was changed by another hand",
                metadata: ["audit.path": "\(orders.path)", "audit.fault": "\(fault)"])
        }
        let share = await orders.share
        if share > OrderJournal.warningShare {
            logger.warning(
                "the audit is nearly full, and then nothing is ordered: end the hub, move the file away, start it",
                metadata: ["audit.path": "\(orders.path)", "audit.percent": "\(Int(share * 100))"])
        }
        let dispatch = Dispatch(core: core, journal: orders)
        await core.use(dispatch)
        let dialer = Dialer(agent: options.agent, sockets: options.folders.sshSockets, group: group)
        let sources = SourceGroup(
            core: core, group: group, agent: options.agent, waits: options.waits, dialer: dialer)
        let journal = try openJournal()
        let notifier = try await notifier(journal)
        await notifier.setAttributes { [core] in await core.attributes(of: $0) }
        await notifier.setPresentAlerts { [core] in
            PresentAlerts(open: await core.alerts(), unopened: await core.unopenedAlerts())
        }
        let marks = MarkBook(journal: journal)
        let rollouts = RolloutDriver(
            core: core, dispatch: dispatch, journal: journal, marks: marks, notifier: notifier, logger: logger
        )
        do {
            try await marks.restore(at: Clock.now())
            try await rollouts.restore()
        } catch {
            throw HubError.folder(path: journal.path, reason: "\(error)")
        }
        let rules = RulesInForce(
            core: core, notifier: notifier, lingerMilliseconds: options.lingerMilliseconds)
        let hosts = configuredHosts(sources, rules, rollouts)
        await hosts.start(options.hosts)
        await notifier.begin()
        if options.isGroupOpen, options.folders.socket != HubFolders.candidates().last {
            logger.notice(
                "the group attaches with --hub and the socket's path: /run/martlet is not this user's",
                metadata: ["hub.socket": "\(options.folders.socket)"])
        }
        let application = self.application(sources, hosts, group, notifier, marks, rollouts)
        let linger = Linger(
            clients: clients, core: core, notifier: notifier, rollouts: rollouts,
            milliseconds: options.lingerMilliseconds, logger: logger)
        let alerts = AlertService(
            core: core, book: await rules.book, journal: notifier, notices: notifier, logger: logger)
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: sources), .init(service: notifier), .init(service: application),
                    .init(service: ConfigurationService(hosts: hosts)),
                    .init(service: alerts), .init(service: LookBackService(core: core)),
                    .init(service: rollouts),
                    .init(service: linger, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        var failure: (any Error)?
        do {
            try await services.run()
        } catch is CancellationError {
            // Whoever ran us wants us to end.
        } catch {
            logger.error("the hub ends", metadata: ["hub.reason": "\(error)"])
            failure = error
        }
        unlink(options.folders.socket)
        try? await group.shutdownGracefully()
        _ = consume lock
        if let failure { throw failure }
    }

    private func configuredHosts(
        _ sources: SourceGroup, _ rules: RulesInForce, _ rollouts: RolloutDriver
    ) -> ConfiguredHosts {
        let sink = HostSink(
            add: { try await sources.add($0) }, remove: { await sources.remove($0) },
            letGo: { [core] in await core.letGo(of: $0) },
            letGoOfOthers: { [core] in await core.letGo(ofAllBut: $0) },
            update: { [core] targets in for target in targets { await core.update(target) } },
            dial: { await sources.dialer.set($0, sent: $1) },
            rules: { await rules.set($0, folder: $1, isRead: $2) },
            rollouts: { await rollouts.configure($0) })
        return ConfiguredHosts(
            folder: options.configuration, find: options.findConfiguration, sink: sink,
            agent: options.agent, logger: logger)
    }

    /// What keeps alerts and marks. One that is damaged is put aside, and said so: a hub that does not start watches nobody.
    private func openJournal() throws(HubError) -> Journal {
        let path = "\(options.folders.state)/journal.db"
        do throws(JournalError) {
            return try Journal(path: path)
        } catch {
            guard case .damaged = error else { throw .folder(path: path, reason: "\(error)") }
            logger.error(
                "the journal is damaged and was put aside: open alerts are found anew",
                metadata: ["journal.reason": "\(error)", "journal.kept": "\(path).damaged"])
            for end in ["", "-wal", "-shm"] { rename("\(path)\(end)", "\(path).damaged\(end)") }
            do throws(JournalError) {
                return try Journal(path: path)
            } catch {
                throw .folder(path: path, reason: "\(error)")
            }
        }
    }

    private func notifier(_ journal: Journal) async throws(HubError) -> Notifier {
        let notifier = Notifier(
            journal: journal, notes: "\(options.folders.state)/hooks", logger: logger)
        do {
            try await notifier.restore()
        } catch {
            throw .folder(path: journal.path, reason: "\(error)")
        }
        return notifier
    }

    private func application(
        _ sources: SourceGroup, _ hosts: ConfiguredHosts, _ group: any EventLoopGroup, _ notifier: Notifier,
        _ marks: MarkBook, _ rollouts: RolloutDriver
    ) -> some ApplicationProtocol {
        let router = Router(context: HubRequestContext.self)
        router.add(middleware: PeerCheck(isGroupOpen: options.isGroupOpen))
        router.add(middleware: UnknownRoute())
        let routes = HubRoutes(
            core: core, addHosts: { [core] in await core.summaries(of: try await hosts.add($0)) },
            forgetHosts: { [core] names in
                if let run = await core.dispatch?.openOrder(on: Set(names), at: Clock.now()) {
                    throw HubError.busyHost(run.host, action: run.action, order: run.id)
                }
                try await hosts.forget(names)
            }, retryHosts: { try await sources.retry($0) },
            configuration: ConfigurationRoutes(
                report: { await hosts.report() }, reload: { await hosts.reload() }),
            clients: clients, notifier: notifier, marks: marks, rollouts: rollouts)
        for route in routes.table {
            router.on(RouterPath(route.path), method: route.method) { [clients] request, context in
                clients.touch()
                return try await route.respond(request, context)
            }
        }
        let mode: mode_t = options.isGroupOpen ? 0o660 : 0o600
        let socket = options.folders.socket
        // The mode is set before the first byte can be answered; until then umask keeps others out.
        umask(0o077)
        return Application(
            router: router,
            configuration: .init(address: .unixDomainSocket(path: socket), serverName: nil),
            onServerRunning: { _ in chmod(socket, mode) },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }
}

/// The hub's heartbeat: marks silent hosts, forgets what is old, and ends a session hub that nobody uses.
private struct Linger: Service {
    let clients: ClientCount
    let core: HubCore
    let notifier: Notifier
    let rollouts: RolloutDriver
    let milliseconds: Int64?
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var seconds = 0
            while true {
                do {
                    try await Task.sleep(for: .seconds(1))
                } catch {
                    return
                }
                seconds += 1
                await core.markStale(at: Clock.now())
                await core.dispatch?.expire(at: Clock.now())
                await notifier.evaluate(core)
                if seconds % 60 == 0 { await core.expire(at: Clock.now()) }
                // Who is still to be told is told first.
                if let milliseconds, clients.idleMilliseconds > milliseconds, await notifier.isIdle,
                    await core.dispatch?.hasOpenOrders(at: Clock.now()) != true,
                    await !rollouts.hasOpenRollouts
                {
                    logger.notice("nobody is attached: the session hub ends")
                    return
                }
            }
        }
    }
}
