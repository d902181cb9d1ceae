import Agent
import CAllocations
import Glibc
import Telemetry
import Wire

/// What ticks leave behind once everything is warm, on this machine's real /proc with a clock that jumps ahead: heap
/// allocations in two minutes' worth of ticks, and bytes in use after ten thousand more.
struct WarmTickBench {
    private static let warmTicks = 180
    private static let countedTicks = 120
    private static let growthTicks = 10_000

    func rows() -> [Row] {
        var arguments = AgentArguments()
        arguments.processes = 0
        let parts = AgentParts(arguments)
        var encoder = SampleEncoder()
        var now = AgentLoop.now()
        func tick() {
            now.wall = now.wall.advanced(byMilliseconds: 1000)
            now.bootNanoseconds += 1_000_000_000
            for source in parts.sources where source.descriptor >= 0 {
                var waiting = pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&waiting, 1, 0) > 0 { source.readable() }
            }
            parts.sampler.tick(at: now, isSnapshot: false, into: &encoder)
            encoder.drain { _ in }
        }
        for _ in 0..<Self.warmTicks { tick() }
        let allocations = (0..<Self.countedTicks).map { _ in
            callocations_begin()
            tick()
            return Double(callocations_end())
        }
        let before = ProcessTree.memoryKiB("RssAnon", of: [getpid()])
        for _ in 0..<Self.growthTicks { tick() }
        let growth = ProcessTree.memoryKiB("RssAnon", of: [getpid()]) - before
        return [
            Row(
                "heap allocations per warm tick, median", "martlet-agent's sampler", "", median(allocations),
                goal: 0),
            Row(
                "heap allocations per warm tick, mean with what is read each minute",
                "martlet-agent's sampler",
                "", allocations.reduce(0, +) / Double(Self.countedTicks)),
            Row(
                "growth of anonymous memory over 10,000 ticks", "martlet-agent's sampler", "KiB",
                Double(growth),
                goal: 64),
        ]
    }
}
