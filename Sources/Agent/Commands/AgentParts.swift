import Glibc

/// The agent put together: its probes, what it reads besides, and the sampler over them.
struct AgentParts {
    let sampler: Sampler
    let own: SelfProbe
    let sources: [any LoopSource]
    let processes: (any ProcessSource)?

    init(_ arguments: AgentArguments) {
        let pageSize = UInt32(clamping: sysconf(Int32(_SC_PAGESIZE)))
        let buffer = ProbeBuffer()
        own = SelfProbe(arguments.paths, buffer, pageSize: pageSize)
        let probes = AgentProbes.all(arguments.paths, buffer, pageSize: pageSize)
        sources = probes.compactMap { $0 as? any LoopSource }
        processes = nil
        sampler = Sampler(probes + [own], clock: AgentLoop.monotonicNanoseconds)
        own.watch(sampler)
    }

    /// Waits shortly for helpers that answer by a descriptor, and reads their probes once more; for a single scrape.
    func settle() {
        guard !sources.isEmpty else { return }
        let deadline = AgentLoop.monotonicNanoseconds() + 500_000_000
        while AgentLoop.monotonicNanoseconds() < deadline {
            var waiting = sources.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard waiting.contains(where: { $0.fd >= 0 }) else { break }
            let count = nfds_t(waiting.count)
            guard
                unsafe waiting.withUnsafeMutableBufferPointer({ unsafe poll($0.baseAddress, count, 100) }) > 0
            else {
                continue
            }
            for place in sources.indices where waiting[place].revents != 0 { sources[place].readable() }
        }
        sampler.scrapeAgain(at: AgentLoop.now())
    }
}
