import Fleet
import NIOCore
import ServiceLifecycle
import Telemetry

/// All sources of the hub, each in a task of its own; one that fails never disturbs the others.
struct SourceGroup: Service {
    let core: HubCore
    let group: any EventLoopGroup
    private let agent: String?
    private let waits: SourceWaits
    private let commands: AsyncStream<SourceCommand>
    private let continuation: AsyncStream<SourceCommand>.Continuation

    init(core: HubCore, group: any EventLoopGroup, agent: String?, waits: SourceWaits) {
        self.core = core
        self.group = group
        self.agent = agent
        self.waits = waits
        (commands, continuation) = AsyncStream.makeStream(of: SourceCommand.self)
    }

    /// Adds hosts by name, this machine for an empty list; names that are here already stay as they are.
    func add(_ names: [String]) async throws -> [HostSummary] {
        let wanted = try names.isEmpty ? [local()] : names.map(command)
        for command in wanted {
            if await core.add(command) {
                continuation.yield(command)
            } else if await !core.knows(command.host) {
                throw HubError.tooManyHosts(max: HubCore.hostsMax)
            }
        }
        return await core.summaries()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                for await command in commands {
                    tasks.addTask {
                        await Source(command, core: core, group: group, waits: waits).run()
                    }
                }
                tasks.cancelAll()
            }
        }
    }

    private func command(_ name: String) throws(HubError) -> SourceCommand {
        if name == "localhost" || name == SourceCommand.localName { return try local() }
        return try .ssh(name)
    }

    private func local() throws(HubError) -> SourceCommand {
        guard let agent else { throw .noAgent }
        return .local(HostID(SourceCommand.localName), agent: agent)
    }
}
