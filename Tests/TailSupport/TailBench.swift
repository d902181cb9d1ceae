package import Agent
import Glibc
import Telemetry

/// An agent's log work on a folder of a test's own, with a clock that the test moves.
package final class TailBench {
    package let logs: String
    package let state: String
    package private(set) var consumer = CountingConsumer()
    package private(set) var follower: LogFollower?
    package var sources: [TailSource]
    package var isPollingOnly = false
    package var journalProgram = ["journalctl"]
    /// Folders that may be watched.
    package var watchLimit = Int.max
    package var holdsOpen = false
    package var keepsNumbers = true
    package var disk: any RecorderDisk = LinuxDisk()
    /// Added to the wall clock.
    package var skewMilliseconds: Int64 = 0
    private var boot: UInt64 = 1_000_000_000_000

    /// `names` are patterns below the logs' folder.
    package init(
        _ folder: String, _ names: [String] = ["access.log"],
        start: TailSource.Start = .readBack(seconds: 3600)
    ) {
        logs = "\(folder)/logs"
        state = "\(folder)/state"
        mkdir(logs, 0o755)
        sources = [TailSource(name: "web", paths: names.map { "\(folder)/logs/\($0)" }, start: start)]
    }

    package func path(_ name: String) -> String { "\(logs)/\(name)" }

    package var now: TickTime {
        TickTime(
            wall: AgentLoop.now().wall.advanced(byMilliseconds: skewMilliseconds), bootNanoseconds: boot)
    }

    package var tails: TailSet { running.tails }
    package func count(_ counter: TailCounter) -> UInt64 { tails.counters[counter] }

    package var running: LogFollower {
        guard let follower else { preconditionFailure("start() comes first") }
        return follower
    }

    package func start() throws {
        consumer = CountingConsumer(holdsOpen: holdsOpen)
        consumer.keepsNumbers = keepsNumbers
        let recorder = try open()
        let follower = LogFollower(sources: sources, consumer: consumer, recorder: recorder, now: now)
        follower.tails.isPollingOnly = isPollingOnly
        follower.tails.watchLimit = watchLimit
        follower.tails.journalProgram = journalProgram
        self.follower = follower
    }

    /// Other tests start processes, which hold our lock from their fork to their exec.
    private func open() throws -> Recorder {
        for _ in 0..<100 {
            do throws(RecorderError) {
                return try Recorder(RecorderOptions(folder: state), disk: disk, now: now, newLedger: 7)
            } catch {
                guard case .locked = error else { throw error }
                poll(nil, 0, 10)
            }
        }
        throw RecorderError.locked(path: state)
    }

    /// As kill -9: what was not committed is gone.
    package func kill() { follower = nil }

    package func stop() {
        running.end(at: now)
        follower = nil
    }

    package func restart() throws {
        kill()
        try start()
        step()
    }

    /// Lets so many seconds pass, step by step, and reads all there is each time.
    package func step(seconds: Int = 1) {
        for _ in 0..<seconds {
            boot += 1_000_000_000
            var rounds = 0
            while running.step(at: now), rounds < 10_000 { rounds += 1 }
        }
    }

    /// Lets time pass without a step, as while the process is stopped.
    package func pass(seconds: UInt64) { boot += seconds * 1_000_000_000 }
}
