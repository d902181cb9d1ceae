import Fleet
import Hub
import Synchronization
import Telemetry

/// What it costs a hub to look back on what a thousand hosts told late at once, as after a partition: under the rules of
/// `AlertCostBench`, over the minutes that the hosts were away. A question that is asked
/// each 2 ms stands for the frames that wait meanwhile.
struct LookBackBench {
    private static let hostCount = 1000
    private static let awaySeconds = 300

    private struct Measured: Sendable {
        var waits: [Double] = []
        var cpu = 0.0
        var seconds = 0.0
    }

    func rows() throws -> [Row] {
        let book = try AlertCostBench.book()
        let measured = blocking { await Self.measure(book) }
        let what = "1,000 hosts that were away for 5 min, looked back on under \(book.rules.count) rules"
        return [
            Row(
                "\(what), longest time that a frame waits for the hub", "martlet's hub", "ms",
                measured.waits.max() ?? .nan),
            Row(
                "\(what), the same, p99", "martlet's hub", "ms", quantile(measured.waits, 0.99)),
            Row("\(what), CPU in all", "martlet's hub", "s", measured.cpu / 1000),
            Row("\(what), until all is listed", "martlet's hub", "s", measured.seconds),
        ]
    }

    private static func measure(_ book: RuleBook) async -> Measured {
        var measured = Measured()
        let world = AlertCrowd(hostCount: hostCount)
        let core = world.core()
        await world.begin(core)
        await core.beginEvaluation(book, saved: SavedAlerts(), lateSink: { _ in }) { _ in }
        for _ in 0..<awaySeconds {
            for (host, frame) in world.second() { await core.take(frame, from: host) }
            await core.evaluate()
        }
        await world.tellLate(Int64(awaySeconds), to: core)
        // After so long without more, what is late counts as whole.
        for _ in 0..<5 { world.pass() }
        let began = ContinuousClock.now
        measured.cpu = await AlertCostBench.cpu { measured.waits = await waits(core) }
        measured.seconds = (ContinuousClock.now - began) / .seconds(1)
        return measured
    }

    /// Looks back, and meanwhile asks each 2 ms; how long each answer took, in milliseconds.
    private static func waits(_ core: HubCore) async -> [Double] {
        let isOver = Mutex(false)
        async let look: Void = {
            await core.lookBack()
            isOver.withLock { $0 = true }
        }()
        var waits: [Double] = []
        while !isOver.withLock(\.self) {
            let asked = ContinuousClock.now
            _ = await core.knows(HostID("host0"))
            waits.append((ContinuousClock.now - asked) / .milliseconds(1))
            try? await Task.sleep(for: .milliseconds(2))
        }
        await look
        return waits
    }
}
