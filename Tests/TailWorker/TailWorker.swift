import Agent
import CLinux
import Glibc
import TailSupport
import Telemetry
import Wire

/// Follows logs until it is killed: the process that the kill tests start, and the one that is measured.
///
///     TailWorker follow PATTERN STATE       until SIGKILL, a commit each millisecond
///     TailWorker count PATTERN STATE        until all is read and committed; prints what was counted in all runs
///     TailWorker measure PATTERN STATE SECONDS   as the agent would, a commit a second; prints CPU and lines
@main struct TailWorker {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4 else {
            print("usage: TailWorker follow|count|measure PATTERN STATE [SECONDS]")
            exit(64)
        }
        do {
            switch arguments[1] {
            case "follow": try follow(arguments[2], arguments[3])
            case "count": try count(arguments[2], arguments[3])
            default:
                try measure(
                    arguments[2], arguments[3], seconds: arguments.count > 4 ? Int(arguments[4]) ?? 10 : 10)
            }
        } catch {
            print("\(error)")
            exit(1)
        }
    }

    private static func open(
        _ pattern: String, _ state: String, _ consumer: CountingConsumer,
        _ options: LogFollower.Options = .init()
    ) throws -> LogFollower {
        let now = AgentLoop.now()
        let recorder = try Recorder(
            RecorderOptions(folder: state), disk: LinuxDisk(), now: now,
            newLedger: UInt64.random(in: 1 ... .max))
        let source = TailSource(name: "web", paths: [pattern], start: .beginning)
        return LogFollower(
            sources: [source], consumer: consumer, recorder: recorder, now: now, options: options)
    }

    private static func follow(_ pattern: String, _ state: String) throws {
        var options = LogFollower.Options()
        options.commitMilliseconds = 1
        options.stepBytes = 4096
        let follower = try open(pattern, state, CountingConsumer(holdsOpen: true), options)
        var steps = 0
        // Tests that are themselves killed leave nobody to end this.
        let parent = getppid()
        while getppid() == parent {
            follower.step(at: AgentLoop.now())
            steps += 1
            if steps % 7 == 0 { follower.checkpoint(at: AgentLoop.now()) }
            wait(follower, milliseconds: 1)
        }
    }

    private static func count(_ pattern: String, _ state: String) throws {
        let consumer = CountingConsumer(holdsOpen: true)
        let follower = try open(pattern, state, consumer)
        var rounds = 0
        while rounds < 3 || follower.tails.hasUndecided && rounds < 100 {
            while follower.step(at: AgentLoop.now()) {}
            follower.tails.lookAtEverything()
            if rounds >= 3 { poll(nil, 0, 100) }
            rounds += 1
        }
        follower.end(at: AgentLoop.now())
        print(consumer.all)
        let counters = follower.tails.counters
        let note =
            "lost files \(counters[.lostFiles]), bytes \(counters[.lostBytes]); "
            + "truncations \(counters[.truncations]), rotations \(counters[.rotations]), "
            + "damaged epochs \(follower.recorder.recovered.missingEpochs)\n"
            + follower.tails.files.values.sorted { $0.number < $1.number }.map { file in
                "\(file.number) \(file.path) \(file.mark.flags.rawValue) \(file.offset) of \(file.size) errno \(file.failure)\n"
            }.joined()
        _ = Array(note.utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }

    private static func measure(_ pattern: String, _ state: String, seconds: Int) throws {
        let consumer = CountingConsumer()
        let follower = try open(pattern, state, consumer)
        var now = AgentLoop.now()
        // The first look at everything is not what is measured.
        while follower.step(at: now) { now = AgentLoop.now() }
        let (lines, cpu, start) = (consumer.all.count, clinux_thread_cpu(), now.bootNanoseconds)
        while now.bootNanoseconds - start < UInt64(seconds) * 1_000_000_000 {
            wait(follower, milliseconds: 1000)
            // What comes within a tenth of a second is read at once.
            poll(nil, 0, 100)
            now = AgentLoop.now()
            follower.step(at: now)
        }
        let used = Double(clinux_thread_cpu() - cpu) / 1e6
        let read = consumer.all.count - lines
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        print(
            "lines \(read), CPU \(used) ms, \(used / Double(max(1, read)) * 1000) ms per 1000 lines, "
                + "\(used / Double(seconds) / 10) % of a core, \(follower.tails.files.count) files, "
                + "\(follower.tails.openDescriptors) open, \(usage.ru_maxrss) KiB at most")
    }

    private static func wait(_ follower: LogFollower, milliseconds: Int32) {
        var waiting = pollfd(fd: follower.tails.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, milliseconds)
    }
}
