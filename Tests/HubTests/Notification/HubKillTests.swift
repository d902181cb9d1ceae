import Foundation
import Glibc
import HubSupport
import TestSupport
import Testing

/// One hub at a time, and off the threads that other tests need.
@Suite(.serialized) struct `A hub that is killed during alerts` {
    private static let steps = 150

    /// Twenty kills each; MARTLET_KILLS sets another number. Of every third timeline they take what watches over the hooks
    /// too, as a power cut would.
    @Test(arguments: 1...10) func `at random moments loses no hook and ends as one that lived`(
        _ seed: UInt64
    ) async throws {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try Self.kill(seed) }) }.start()
        }
    }

    private static func kill(_ seed: UInt64) throws {
        guard let worker = Program.built("AlertWorker") else {
            print("skipped: AlertWorker was not built")
            return
        }
        let wanted = ProcessInfo.processInfo.environment["MARTLET_KILLS"].flatMap { Int($0) } ?? 20
        var random = SeededRandom(seed: seed)
        var kills = 0
        var number: UInt64 = 0
        while kills < wanted {
            let timeline = seed + 1000 * number
            let isWhole = timeline % 3 == 0
            let (lived, killed) = (
                try World(worker, timeline, steps), try World(worker, timeline, steps)
            )
            let truth = try lived.live()
            var crashes = 0
            while kills + crashes < wanted,
                try killed.live(
                    killedAfter: Int32.random(in: 15...130, using: &random), withSupervisors: isWhole)
            {
                crashes += 1
            }
            kills += crashes
            let ending = try killed.live().difference(from: truth).map(line)
            let place: Comment = "seed \(seed), timeline \(timeline), \(crashes) kills"
            #expect(ending == [], place)
            let (expected, told) = (try lived.told(), try killed.told())
            let heard = told.subjects.sorted().difference(from: expected.subjects.sorted()).map(line)
            #expect(heard == [], place)
            // A hub that is killed alone repeats nothing; one whose hooks nobody watched repeats what ran, once a crash.
            let repeats = told.repeats
            #expect((repeats.values.max() ?? 0) <= (isWhole ? crashes : 0), place)
            let (none, disorder) = (expected.repeats.isEmpty, told.disorder)
            #expect(none && disorder == [], place)
            print("\(place): \(expected.subjects.count) to tell, \(repeats.values.reduce(0, +)) repeated")
            number += 1
        }
    }

    private static func line(_ change: CollectionDifference<String>.Change) -> String {
        switch change {
        case .insert(_, let line, _): "+ \(line)"
        case .remove(_, let line, _): "- \(line)"
        }
    }
}

/// A folder in which a hub lives, is killed, and lives on.
private struct World {
    let worker: String
    let timeline: UInt64
    let steps: Int
    private let folder: TemporaryFolder
    private var path: String { folder.url.path }

    init(_ worker: String, _ timeline: UInt64, _ steps: Int) throws {
        self.worker = worker
        self.timeline = timeline
        self.steps = steps
        folder = try TemporaryFolder(inMemory: true)
        mkdir("\(folder.url.path)/told", 0o700)
    }

    /// To its end; what it says then.
    func live() throws -> [String] {
        let result = try Program.run(worker, [path, "\(timeline)", "\(steps)"])
        guard result.status == 0 else {
            throw WorldError.failed("status \(result.status): \(result.errors)\(result.output)")
        }
        return result.output.split(separator: "\n").map(String.init)
    }

    /// Until it is killed so many milliseconds after its start; false where it came to its end before.
    func live(killedAfter milliseconds: Int32, withSupervisors: Bool) throws -> Bool {
        let words = [worker, path, "\(timeline)", "\(steps)"]
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, worker, &actions, nil, &argv, environ)
        guard failure == 0 else { throw ProgramError.notStarted(program: worker, errno: failure) }
        poll(nil, 0, milliseconds)
        var status: Int32 = 0
        if waitpid(pid, &status, WNOHANG) == pid {
            guard status == 0 else { throw WorldError.failed("wait status \(status)") }
            return false
        }
        if withSupervisors {
            kill(pid, SIGSTOP)
            for child in Self.children(of: pid) { kill(child, SIGKILL) }
        }
        kill(pid, SIGKILL)
        waitpid(pid, &status, 0)
        return true
    }

    private static func children(of pid: pid_t) -> [pid_t] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return tasks.flatMap { task in
            let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/children", encoding: .utf8)
            return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// What hooks were told, by the files that they left.
    func told() throws -> Told {
        var told = Told()
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/told")
        for name in names.sorted() { try told.read("\(path)/told/\(name)", name) }
        return told
    }
}

private enum WorldError: Error {
    case failed(String)
    case torn(String)
}

/// What hooks heard, of all lives together.
private struct Told {
    private struct Hearing {
        let run: Int
        let time: Date
        let status: String
        let startsAt: String
    }

    /// Which hook was told which moment of which alert.
    var subjects: Set<String> = []
    private var attempts: [String: Int] = [:]
    private var hearings: [String: [Hearing]] = [:]

    /// A file's name is HOOK.RUN.ATTEMPT.PID.
    mutating func read(_ path: String, _ name: String) throws {
        let words = name.split(separator: ".").map(String.init)
        // A hook that a killed supervisor left to itself may not be through yet.
        var message: [String: Any]?
        let isWhole = Eventually.holds(within: 30) {
            message =
                (try? Data(contentsOf: URL(filePath: path))).flatMap {
                    try? JSONSerialization.jsonObject(with: $0)
                } as? [String: Any]
            return message != nil
        }
        guard isWhole, let run = Int(words[1]), let alerts = message?["alerts"] as? [[String: Any]] else {
            throw WorldError.torn(name)
        }
        let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        attempts["\(words[0]).\(run)", default: 0] += 1
        for alert in alerts {
            let text = { (key: String) in alert[key] as? String ?? "" }
            subjects.insert(
                [words[0], text("status"), text("fingerprint"), text("startsAt")].joined(separator: " "))
            hearings["\(words[0]) \(text("fingerprint"))", default: []].append(
                Hearing(
                    run: run, time: time ?? .distantPast, status: text("status"), startsAt: text("startsAt")))
        }
    }

    /// By run, how often it was made too often: one that says "later" at first is made twice.
    var repeats: [String: Int] {
        let found = attempts.map { run, count in
            let isLater = run.hasPrefix("page") && (Int(run.split(separator: ".")[1]) ?? 0) % 7 == 3
            return (run, count - (isLater ? 2 : 1))
        }
        return Dictionary(uniqueKeysWithValues: found.filter { $0.1 > 0 })
    }

    /// Alerts of which a hook was told an end before its beginning, or a later alert before an earlier one.
    var disorder: [String] {
        hearings.compactMap { subject, heard in
            let first = Dictionary(grouping: heard, by: \.run).compactMap {
                $0.value.min { $0.time < $1.time }
            }
            let order = first.sorted { $0.run < $1.run }
            let isSorted = zip(order, order.dropFirst()).allSatisfy { before, after in
                before.time <= after.time
                    && (before.startsAt < after.startsAt
                        || before.startsAt == after.startsAt && before.status == "firing"
                            && after.status == "resolved")
            }
            return isSorted ? nil : subject
        }
    }
}
