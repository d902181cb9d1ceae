import Fleet
import NIOCore
import ServiceLifecycle
import Synchronization
import Telemetry

/// All sources of the hub, each in a task of its own; one that fails never disturbs the others.
struct SourceGroup: Service {
    let core: HubCore
    let group: any EventLoopGroup
    let dialer: Dialer
    private let agent: String?
    private let waits: SourceWaits
    private let commands: AsyncStream<SourceCommand>
    private let continuation: AsyncStream<SourceCommand>.Continuation
    private let bells = Bells()
    private let stops = SourceStops()

    /// By host, what ends its source's wait.
    private final class Bells: Sendable {
        private let bells = Mutex<[HostID: RetryBell]>([:])

        func bell(_ host: HostID) -> RetryBell {
            bells.withLock { bells in
                let bell = bells[host] ?? RetryBell()
                bells[host] = bell
                return bell
            }
        }
    }

    init(
        core: HubCore, group: any EventLoopGroup, agent: String?, waits: SourceWaits, dialer: Dialer
    ) {
        self.core = core
        self.group = group
        self.agent = agent
        self.waits = waits
        self.dialer = dialer
        (commands, continuation) = AsyncStream.makeStream(of: SourceCommand.self)
    }

    /// Adds hosts; those whose names are here already stay as they are.
    func add(_ targets: [HostTarget]) async throws {
        let wanted = try targets.map { target throws(HubError) in
            try SourceCommand.to(target, localAgent: agent)
        }
        for command in wanted {
            if await core.add(command) {
                continuation.yield(command)
            } else if await !core.knows(command.host) {
                throw HubError.tooManyHosts(max: HubCore.hostsMax)
            }
        }
    }

    /// Ends the sources of hosts and forgets them.
    func remove(_ hosts: [HostID]) async {
        await withDiscardingTaskGroup { tasks in
            for host in hosts {
                tasks.addTask {
                    await stops.stop(host)
                    await core.remove(host)
                }
            }
        }
    }

    /// Tries these hosts again at once, where they wait for their next turn.
    func retry(_ names: [String]) async throws(HubError) {
        for name in names where await !core.knows(HostID(name)) { throw .unknownHost(name) }
        for name in names { bells.bell(HostID(name)).ring() }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                for await command in commands {
                    let bell = bells.bell(command.host)
                    tasks.addTask {
                        await stops.run(command.host) {
                            await Source(
                                command, core: core, group: group, waits: waits, dialer: dialer, bell: bell
                            ).run()
                        }
                    }
                }
                tasks.cancelAll()
            }
        }
        // Of its own: what ran us may have cancelled us, and a program that is run is ended then.
        await Task.detached { await dialer.end() }.value
    }
}
