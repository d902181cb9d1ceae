import Agent
import CAllocations
import Foundation
import Glibc
import Telemetry
import TestSupport
import Testing

/// What a tick costs once everything was seen: no memory, and few system calls.
@Suite(.serialized) struct `A warm tick` {
    /// More than the slowest tier and the first answers of children.
    private static let warmTicks = 130

    private static func allocations(_ body: () -> Void) -> UInt64 {
        callocations_begin()
        body()
        return callocations_end()
    }

    @Test func `of this host allocates nothing`() throws {
        let probes = AgentProbes.all(AgentPaths(), ProbeBuffer(), pageSize: 4096)
        let bench = ProbeBench(probes)
        let sources = probes.compactMap { $0 as? any LoopSource }
        /// The bench's seconds take no time, but the child that asks for sizes does.
        func tick() -> UInt64 {
            let count = Self.allocations { bench.tickOnly() }
            for source in sources {
                _ = Eventually.holds {
                    if source.descriptor >= 0 { source.readable() }
                    return source.descriptor < 0
                }
            }
            return count
        }
        for _ in 0..<Self.warmTicks { _ = tick() }
        // A device or mount that comes meanwhile is no tick's fault. Sixty ticks hold every tier: what allocates by
        // itself spoils each of the runs.
        var counts: [UInt64] = []
        for _ in 0..<8 where !counts.contains(0) {
            counts.append((0..<60).reduce(0) { sum, _ in sum + tick() })
        }
        #expect(counts.contains(0), "allocations in 60 ticks each: \(counts)")
    }

    @Test func `of the recorded machine allocates nothing`() throws {
        let tree = try FixtureTree(procfs: "6.18", sysfs: "server")
        let bench = ProbeBench(RecordedMachine.probes(tree), over: tree)
        for _ in 0..<Self.warmTicks { bench.tickOnly() }
        #expect(Self.allocations { for _ in 0..<60 { bench.tickOnly() } } == 0)
    }

    @Test func `is seen to allocate when it does`() {
        var kept: [UInt8] = []
        #expect(Self.allocations { kept = [UInt8](repeating: 1, count: Int.random(in: 100...200)) } >= 1)
        #expect(kept.count >= 100)
        #expect(Self.allocations { kept[7] = 2 } == 0)
    }

    @Test func `is as cheap after ten thousand of its kind`() throws {
        let tree = try FixtureTree()
        try tree.writeProc("stat", "cpu0 1 2 3 4 5 6 7 8 9 10\nctxt 7\n")
        try tree.writeProc("diskstats", "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n")
        let (buffer, cpu) = (ProbeBuffer(), CPUProbe())
        let bench = ProbeBench(
            [StatProbe(tree.paths, buffer, cpu: cpu), cpu, DiskProbe(tree.paths, buffer), TimeProbe()],
            over: tree)
        for _ in 0..<Self.warmTicks { bench.tickOnly() }
        #expect(Self.allocations { for _ in 0..<10_000 { bench.tickOnly() } } == 0)
    }

    @Test(.enabled(if: Program.find("strace") != nil, "strace is not installed: make bench-deps"))
    func `makes no more than eighty system calls`() throws {
        let agent = try #require(Program.releaseAgent ?? Program.built("martlet-agent"))
        func calls(ticks: Int) throws -> Int {
            let folder = try TemporaryFolder()
            let counts = folder.url.appending(path: "counts").path
            // From /dev/null no orders come, while an empty file would be the reader's end.
            _ = try Program.run(
                "/bin/sh",
                [
                    "-c", #"exec strace -c -o "$1" "$2" stream --processes 0 --ticks "$3" </dev/null"#, "sh",
                    counts,
                    agent, "\(ticks)",
                ])
            let table = try String(contentsOfFile: counts, encoding: .utf8)
            let total = table.split(separator: "\n").last { $0.hasSuffix("total") }
            return Int(total?.split(separator: " ").dropFirst(3).first ?? "") ?? 0
        }
        let (few, many) = (try calls(ticks: 2), try calls(ticks: 13))
        try #require(few > 0 && many > few)
        #expect((many - few) / 11 <= 80, "\(few) calls for 2 ticks, \(many) for 13")
    }
}
