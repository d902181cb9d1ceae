import ServiceLifecycle

/// Looks back on what came late, once a second where there is any, one look after another.
struct LookBackService: Service {
    let core: HubCore

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                await core.lookBack()
            }
        }
    }
}
