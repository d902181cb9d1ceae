package import Foundation
import Glibc

/// Runs programs that a test needs, and finds the ones this build made.
package enum Program {
    package struct Result: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// The program's full path where PATH has it, else nil.
    package static func find(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return (folders + ["/usr/sbin", "/sbin"]).map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// `martlet` or `martlet-agent`: of the folder MARTLET_PROGRAMS where that is set, else as the package manager built it
    /// beside the tests; nil where it was not built.
    package static func built(_ name: String) -> String? {
        [
            ProcessInfo.processInfo.environment["MARTLET_PROGRAMS"].map { URL(filePath: $0) },
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
            Repository.root.appending(path: ".build/debug"),
        ]
        .compactMap { $0?.appending(path: name).path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The static, stripped agent that `make agent` leaves; nil where it was not made.
    package static var releaseAgent: String? {
        let path =
            ProcessInfo.processInfo.environment["MARTLET_AGENT"]
            ?? Repository.root.appending(path: "bin/martlet-agent").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Runs `program` to its end, or for `seconds` at most; standard input is empty unless given.
    ///
    /// Foundation's Process waits until every heir of the program has ended, and tmux leaves a server behind; so this
    /// waits for the program alone.
    package static func run(
        _ program: String, _ arguments: [String] = [], input: Data = Data(),
        environment: [String: String]? = nil, folder: URL? = nil, seconds: Double = 240
    ) throws -> Result {
        // Files rather than pipes: a program that prints much cannot block on us.
        let scratch = try TemporaryFolder()
        let files = ["input", "output", "errors"].map { scratch.url.appending(path: $0).path }
        try input.write(to: URL(filePath: files[0]))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files[0], O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files[1], O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files[2], O_WRONLY | O_CREAT, 0o600)
        let variables = environment ?? ProcessInfo.processInfo.environment
        // posix_spawn has no working directory that this C library's module shows; coreutils' env has.
        let words = (folder.map { ["/usr/bin/env", "-C", $0.path] } ?? []) + [program] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, words[0], &actions, nil, &argv, &envp)
        guard failure == 0 else { throw ProgramError.notStarted(program: program, errno: failure) }
        let status = waitFor(pid, seconds: seconds)
        return Result(
            status: status,
            output: String(decoding: try Data(contentsOf: URL(filePath: files[1])), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: URL(filePath: files[2])), as: UTF8.self))
    }

    /// The exit status, or 128 and the signal; a program that takes too long is killed.
    private static func waitFor(_ pid: pid_t, seconds: Double) -> Int32 {
        var status: Int32 = 0
        let isEnded = Eventually.holds(within: seconds) { waitpid(pid, &status, WNOHANG) == pid }
        if !isEnded {
            kill(pid, SIGKILL)
            waitpid(pid, &status, 0)
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}

/// A program that a test needs could not be started, or not written.
package enum ProgramError: Error {
    case notStarted(program: String, errno: Int32)
    case notWritten(path: String, reason: String)
}
