import Foundation
import Glibc

/// Finds a running hub, or starts one that outlives whoever asked for it.
package struct HubStarter: Sendable {
    /// The sockets to try, in order.
    package let candidates: [String]
    /// The program and words that run a session hub, and where its socket will be.
    package let command: [String]
    package let socket: String
    package let log: String

    /// A hub that listens is waited for so long.
    private let answerSeconds: Int

    package init(
        candidates: [String], command: [String], socket: String, log: String,
        answerSeconds: Int = HubClient.answerSeconds
    ) {
        self.candidates = candidates
        self.answerSeconds = answerSeconds
        self.command = command
        self.socket = socket
        self.log = log
    }

    /// A client of a hub that answers; starts one when none does and waits for it, having said so to `whenStarted`.
    package func connect(whenStarted: @Sendable () -> Void = {}) async throws -> HubClient {
        if let running = try await running() { return running }
        try start()
        whenStarted()
        let client = HubClient(socketPath: socket)
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if await client.isAlive() { return client }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw HubClientError.notStarted(reason: "it does not answer at \(socket); its log is \(log)")
    }

    /// A client of a hub that answers; an error where none does.
    package func attach() async throws -> HubClient {
        if let running = try await running() { return running }
        throw HubClientError.absent(candidates)
    }

    /// Says at once where nobody can be reached at `socket`: nobody listens, or this user may not.
    package static func probe(_ path: String) throws(HubClientError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count < room.count else { return false }
            room.copyBytes(from: bytes)
            return true
        }
        // Not waited for: a hub that was stopped has a full queue at some time, and is there all the same.
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = fits ? Glibc.socket(AF_UNIX, Int32(type), 0) : -1
        guard descriptor >= 0 else { throw .absent([path]) }
        defer { close(descriptor) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        let code = errno
        guard result != 0, code != EAGAIN else { return }
        throw code == EACCES || code == EPERM ? .forbidden(path) : .absent([path])
    }

    /// The first that answers; nil where nobody listens. One that listens and says nothing is an error: on a machine that swaps,
    /// a hub is slow, and a second one would not help.
    private func running() async throws -> HubClient? {
        var silent: HubClientError?
        for path in candidates {
            let client = HubClient(socketPath: path)
            do {
                try Self.probe(path)
                try await client.greet(withinSeconds: answerSeconds)
                return client
            } catch let error as HubClientError {
                if case .silent = error { silent = silent ?? error }
            } catch {
                // It ends just now.
                try Task.checkCancellation()
            }
        }
        if let silent { throw silent }
        return nil
    }

    /// In a session of its own, so that hang-up and ctrl-c of the terminal never reach it.
    private func start() throws {
        let folder = String(log[..<(log.lastIndex(of: "/") ?? log.startIndex)])
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which the Glibc module does not show.
        posix_spawnattr_setflags(&attributes, 0x80)
        var argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, command[0], &actions, &attributes, &argv, environ)
        guard failure == 0 else { throw HubClientError.notStarted(reason: "\(command[0]): errno \(failure)") }
    }
}
