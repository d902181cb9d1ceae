import Foundation
import Glibc

/// A program that was run to its end: what it used and what it said.
struct FinishedRun {
    /// User and system time of it and of all it waited for.
    let cpuSeconds: Double
    /// The most that was resident at once, itself alone.
    let peakMiB: Double
    let status: Int32
    let output: Data

    /// Runs `arguments` with its output in a file, for at most `seconds`; nil where it is not installed.
    init?(_ arguments: [String], seconds: Double = 300) throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "martlet-bench-\(UUID().uuidString)"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment = ProcessInfo.processInfo.environment
        environment["LC_ALL"] = "C"
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, arguments[0], &actions, nil, &argv, &envp)
        if failure == ENOENT { return nil }
        guard failure == 0 else { throw BenchError("\(arguments[0]) cannot be started (errno \(failure))") }

        let deadline = Child.now() + UInt64(seconds * 1e9)
        var usage = rusage()
        var status: Int32 = 0
        // rusage's own peak begins with that of the program that started it, so the high-water mark is polled.
        var peakKiB = 0
        while wait4(pid, &status, WNOHANG, &usage) == 0 {
            peakKiB = max(peakKiB, ProcessTree.memoryKiB("VmHWM", of: [pid]))
            guard Child.now() < deadline else {
                kill(pid, SIGKILL)
                waitpid(pid, nil, 0)
                throw BenchError("\(arguments[0]) took more than \(Int(seconds)) s")
            }
            usleep(5000)
        }
        func inSeconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        cpuSeconds = inSeconds(usage.ru_utime) + inSeconds(usage.ru_stime)
        peakMiB = Double(peakKiB) / 1024
        self.status = status
        output = FileManager.default.contents(atPath: path) ?? Data()
    }
}
