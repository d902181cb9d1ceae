import Agent
import Fleet
import Glibc
import Hub
import Telemetry
import TestSupport
import Wire

/// What rules cost a hub: all shipped ones and a hundred more over a thousand hosts, each with the series that the agent
/// finds on this machine and the requests of two services. CPU time of this whole process; its clocks are simulated.
struct AlertCostBench {
    private static let hostCount = 1000
    private static let warmSeconds = 40
    private static let seconds = 30

    func rows() throws -> [Row] {
        let book = try Self.book()
        let measured = blocking { await Self.measure(book) }
        let what = "\(book.rules.count) rules over 1,000 hosts"
        return [
            Row(
                "\(what), one evaluation of all, CPU", "martlet's hub", "ms", median(measured.whole), goal: 20
            ),
            Row(
                "\(what), a second of frames into windows and looked at as they come, CPU", "martlet's hub",
                "ms",
                median(measured.taken) - median(measured.bare) + median(measured.closing), goal: 20),
            Row(
                "1,000 hosts, a second of frames taken in without rules, CPU", "martlet's hub", "ms",
                median(measured.bare)),
            Row("\(what), alerts that fire meanwhile", "martlet's hub", "", Double(measured.firing)),
        ]
    }

    /// Ten shapes at ten thresholds each, of which some are crossed on some hosts.
    static func book() throws -> RuleBook {
        var book = RuleBook.shipped
        for step in 1...10 {
            let share = 85 + step
            let texts = [
                "memory.used > \(share)% for 10s", "cpu > \(share)% for 5m", "load.per_core > \(step) for 5m",
                "disk.used > \(share)% for 5m", "inodes.used > \(share)%",
                "net.receive{device!=lo} > \(step)00MiB/s for 1m",
                "disk.busy(5m) > \(share)% for 5m",
                "http.p99(5m) > \(step)00ms and http.rate(5m) > 1/s for 2m",
                "rate node_context_switches_total(5m) > \(step)000000/s",
                "series node_procs_running > \(step)00 for 1m",
            ]
            for (place, text) in texts.enumerated() {
                book.rules.append(
                    Rule(
                        name: "Rule\(place)_\(step)", place: Place(file: "bench"),
                        condition: try Condition(text)))
            }
        }
        return book
    }

    private struct Measured: Sendable {
        var bare: [Double] = []
        var taken: [Double] = []
        var closing: [Double] = []
        var whole: [Double] = []
        var firing = 0
    }

    private static func measure(_ book: RuleBook) async -> Measured {
        var measured = Measured()
        let world = AlertCrowd(hostCount: hostCount)
        let (bare, core) = (world.core(), world.core())
        await world.begin(bare)
        await world.begin(core)
        await core.beginEvaluation(book, saved: SavedAlerts()) { _ in }
        for second in 0..<warmSeconds + seconds {
            let frames = world.second()
            let times = [
                await cpu { for (host, frame) in frames { await bare.take(frame, from: host) } },
                await cpu { for (host, frame) in frames { await core.take(frame, from: host) } },
                await cpu { await core.evaluate() },
                // Hosts whose frames came have been looked at; now all are.
                await cpu { await core.evaluate() },
            ]
            guard second >= warmSeconds else { continue }
            measured.bare.append(times[0])
            measured.taken.append(times[1])
            measured.closing.append(times[2])
            measured.whole.append(times[3])
        }
        measured.firing = await core.alerts().count { $0.state == .firing }
        return measured
    }

    /// Milliseconds of CPU of this process.
    static func cpu(_ body: () async -> Void) async -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
        }
        let began = now()
        await body()
        return now() - began
    }
}
