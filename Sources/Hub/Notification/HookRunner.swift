import CLinux
import Foundation
import Glibc
package import Telemetry

/// Runs hooks: each under a supervisor that ends the whole tree of its processes when its time is over, and that stays
/// when the hub is killed.
package struct HookRunner: Sendable {
    /// Between TERM and KILL.
    private let graceMilliseconds: Int64
    /// Of the hub's own environment: PATH, HOME, LANG and USER are handed on, nothing else.
    private let environment: [String: String]

    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment, graceMilliseconds: Int64 = 5000
    ) {
        self.graceMilliseconds = graceMilliseconds
        self.environment = [
            "PATH": environment["PATH"] ?? Self.defaultPath, "HOME": environment["HOME"] ?? "/",
            "LANG": environment["LANG"] ?? "C.UTF-8", "USER": environment["USER"] ?? "",
        ]
    }

    package static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Runs a hook to its end, or until its time is over. `started` is called as soon as its process is there.
    package func run(
        _ request: HookRequest, started: @escaping @Sendable (Timestamp) -> Void = { _ in }
    ) async -> HookResult {
        let began = Clock.steadyMilliseconds()
        let child: HookChild
        do throws(HookFault) {
            child = try start(request)
        } catch {
            return HookResult(
                outcome: .notStarted(reason: error.description),
                milliseconds: Clock.steadyMilliseconds() - began)
        }
        // A thread of its own: it waits for seconds, and nothing that waits may hold one of the pool's.
        return await withCheckedContinuation { continuation in
            let thread = Thread {
                child.follow(began: began, started: started) { continuation.resume(returning: $0) }
            }
            thread.name = "hook"
            thread.stackSize = Self.stackBytes
            thread.start()
        }
    }

    private static let stackBytes = 256 << 10

    private func start(_ request: HookRequest) throws(HookFault) -> HookChild {
        let words: [String]
        switch request.command {
        case .shell(let line): words = ["/bin/sh", "-c", line]
        case .argv(let argv):
            guard let first = argv.first else { throw HookFault(path: "run", reason: "names no program") }
            words =
                [try HookProgram.path(of: first, folder: request.folder, search: environment["PATH"] ?? "")]
                + argv.dropFirst()
        }
        var secret: Int32 = -1
        if let path = request.secret {
            secret = try HookProgram.secret(path.hasPrefix("/") ? path : "\(request.folder)/\(path)")
        }
        let input = clinux_hook_input(request.input, request.input.count)
        let note = try request.note.map { path throws(HookFault) in try HookNote.make(path) } ?? -1
        defer { for descriptor in [secret, input, note] where descriptor >= 0 { close(descriptor) } }
        guard input >= 0 else { throw HookFault(path: words[0], reason: HookProgram.reason(-input)) }
        return try spawn(words, request, input: input, secret: secret, note: note)
    }

    private func spawn(
        _ words: [String], _ request: HookRequest, input: Int32, secret: Int32, note: Int32
    ) throws(HookFault) -> HookChild {
        let variables = environment.merging(request.facts) { _, fact in fact }
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        let folder = strdup(request.folder)
        defer {
            (argv + envp).forEach { free($0) }
            free(folder)
        }
        var output: Int32 = -1
        var status: Int32 = -1
        let pid = argv.withUnsafeMutableBufferPointer { argv in
            envp.withUnsafeMutableBufferPointer { envp in
                var hook = clinux_hook(
                    argv: argv.baseAddress, envp: envp.baseAddress, folder: folder, input: input,
                    secret: secret, result: note, deadline_ms: request.timeoutMilliseconds,
                    grace_ms: graceMilliseconds)
                return clinux_hook_start(&hook, &output, &status)
            }
        }
        guard pid > 0 else { throw HookFault(path: words[0], reason: HookProgram.reason(-pid)) }
        return HookChild(
            pid: pid, output: output, status: status, program: words[0],
            silenceMilliseconds: request.timeoutMilliseconds + graceMilliseconds + Self.slackMilliseconds)
    }

    /// What killing may take, and then a machine that is busy.
    private static let slackMilliseconds: Int64 = 30_000
}
