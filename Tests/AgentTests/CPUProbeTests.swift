import Agent
import TestSupport
import Testing

@Suite struct `CPU time` {
    private func bench(_ tree: FixtureTree) -> ProbeBench {
        let cpu = CPUProbe()
        return ProbeBench([StatProbe(tree.paths, ProbeBuffer(), cpu: cpu), cpu], over: tree)
    }

    private func stat(_ lines: [String]) -> String {
        "cpu  9 9 9 9 9 9 9 9 9 9\n" + lines.map { $0 + "\n" }.joined() + "ctxt 5\nbtime 1700000000\n"
    }

    @Test(arguments: [
        // Idle steps back by less than three seconds: the kernel's own jitter, and the old value stands.
        (second: "cpu0 100 0 50 9701 0 0 0 0 0 0", idle: 100.0, user: 1.0),
        // By three seconds: the CPU was unplugged, and begins anew with all of its modes.
        (second: "cpu0 20 0 10 9700 0 0 0 0 0 0", idle: 97.0, user: 0.2),
        (second: "cpu0 130 0 50 10100 0 0 0 0 0 0", idle: 101.0, user: 1.3),
    ])
    func `steps back only when the CPU was unplugged`(_ row: (second: String, idle: Double, user: Double))
        throws
    {
        let tree = try FixtureTree()
        try tree.writeProc("stat", stat(["cpu0 100 0 50 10000 0 0 0 0 0 0"]))
        let bench = bench(tree)
        try bench.tick()
        try tree.writeProc("stat", stat([row.second]))
        let samples = try bench.tick()
        #expect(samples["node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"}"] == row.idle)
        #expect(samples["node_cpu_seconds_total{cpu=\"0\",mode=\"user\"}"] == row.user)
    }

    @Test func `of a CPU that is unplugged ends, and of a new one begins, by number and not by place`() throws
    {
        let tree = try FixtureTree()
        let (first, third) = ("cpu0 1 0 0 100 0 0 0 0 0 0", "cpu2 3 0 0 300 0 0 0 0 0 0")
        try tree.writeProc("stat", stat([first, "cpu1 2 0 0 200 0 0 0 0 0 0", third]))
        let bench = bench(tree)
        try bench.tick()
        try tree.writeProc("stat", stat([first, third]))
        var samples = try bench.tick()
        #expect(samples["node_cpu_seconds_total{cpu=\"1\",mode=\"idle\"}"] == nil)
        #expect(samples["node_cpu_seconds_total{cpu=\"2\",mode=\"idle\"}"] == 3)
        try tree.writeProc("stat", stat([first, "cpu1 1 0 0 40 0 0 0 0 0 0", third]))
        samples = try bench.tick()
        #expect(samples["node_cpu_seconds_total{cpu=\"1\",mode=\"idle\"}"] == 0.4)
        #expect(bench.known.values.count { $0.contains("cpu=\"1\"") } == 10)
    }

    @Test func `of an old kernel has fewer columns, and the others are zero`() throws {
        let tree = try FixtureTree()
        try tree.writeProc("stat", stat(["cpu0 100 2 50 10000"]))
        let samples = try bench(tree).tick()
        #expect(samples["node_cpu_seconds_total{cpu=\"0\",mode=\"nice\"}"] == 0.02)
        #expect(samples["node_cpu_seconds_total{cpu=\"0\",mode=\"steal\"}"] == 0)
    }
}
