import ServiceLifecycle
import UnixSignals

/// Takes the folder of configuration over again on SIGHUP, and asks inventories when it is time.
struct ConfigurationService: Service {
    let hosts: ConfiguredHosts

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask {
                    for await _ in signals { _ = await hosts.reload() }
                }
                tasks.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(1))
                        await hosts.tick()
                    }
                }
            }
        }
    }
}
