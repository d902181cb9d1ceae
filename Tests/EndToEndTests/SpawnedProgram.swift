import Foundation
import Glibc
import TestSupport

/// A program that a test runs beside itself and ends by its id, whoever its children are.
final class SpawnedProgram {
    let pid: Int32
    private var isEnded = false

    /// What it prints goes to the file `log`.
    init(_ words: [String], environment: [String: String], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var started: pid_t = 0
        let failure = posix_spawn(&started, words[0], &actions, nil, &argv, &envp)
        guard failure == 0 else { throw ProgramError.notStarted(program: words[0], errno: failure) }
        pid = started
    }

    /// Asks it to end, and makes it where it does not.
    func end() {
        guard !isEnded else { return }
        isEnded = true
        var status: Int32 = 0
        kill(pid, SIGTERM)
        if Eventually.holds(within: 10, { waitpid(pid, &status, WNOHANG) == pid }) { return }
        kill(pid, SIGKILL)
        waitpid(pid, &status, 0)
    }

    deinit { end() }
}
