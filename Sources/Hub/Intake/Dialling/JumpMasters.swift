import Fleet
import Glibc
import NIOCore

/// One connection to each jump host, on which all hosts behind it ride: sshd counts logins that are under way, and ten
/// at once are as many as it takes before it drops some.
actor JumpMasters {
    private let sockets: SSHSockets
    private let group: any EventLoopGroup
    /// By the socket's path: the one that is being looked at or opened, for all who want it meanwhile.
    private var opening: [String: Task<String?, any Error>] = [:]

    /// A connection that nobody rides on any more stays so long: a hub that was killed leaves nothing for ever.
    private static let lingerSeconds = 60
    private static let checkMilliseconds: Int64 = 2000
    /// Beyond the time to connect: what a login may take.
    private static let loginMilliseconds: Int64 = 20_000

    init(sockets: SSHSockets, group: any EventLoopGroup) {
        self.sockets = sockets
        self.group = group
    }

    /// The way through `chain`, the first from here, each connection standing.
    func route(_ chain: [SSHDestination], _ words: SSHWords) async throws(DialFailure) -> SSHWords.Route {
        var route = SSHWords.Route.direct
        for index in chain.indices {
            let jump = chain[index]
            let socket = try await socket(jump, behind: Array(chain[..<index]), by: route, words)
            route = .through(jump, socket: socket, behind: route)
        }
        return route
    }

    /// Ends every connection of ours, also those that a person opened.
    nonisolated func end() async {
        await withDiscardingTaskGroup { tasks in
            for socket in sockets.all {
                tasks.addTask { [group] in
                    let words = SSHWords.tell("exit", socket: socket, SSHDestination("martlet"))
                    _ = try? await ShortRun.run(words, milliseconds: Self.checkMilliseconds, group: group)
                }
            }
        }
    }

    /// The socket of a standing connection to `jump`; nil where the user has one of their own.
    private func socket(
        _ jump: SSHDestination, behind: [SSHDestination], by route: SSHWords.Route, _ words: SSHWords
    ) async throws(DialFailure) -> String? {
        let path = sockets.path(jump, behind: behind)
        let task: Task<String?, any Error>
        if let known = opening[path] {
            task = known
        } else {
            // Of its own, since whoever asked first may be cancelled while others wait.
            task = Task { try await self.open(jump, path, isFirst: behind.isEmpty, by: route, words) }
            opening[path] = task
        }
        do {
            let socket = try await task.value
            if opening[path] == task { opening[path] = nil }
            return socket
        } catch {
            if opening[path] == task { opening[path] = nil }
            throw error as? DialFailure ?? DialFailure(name: "spawn", reason: "\(error)")
        }
    }

    private func open(
        _ jump: SSHDestination, _ path: String, isFirst: Bool, by route: SSHWords.Route, _ words: SSHWords
    ) async throws -> String? {
        try sockets.make()
        let check = try await ShortRun.run(
            SSHWords.tell("check", socket: path, jump), milliseconds: Self.checkMilliseconds, group: group)
        if check.isWell { return path }
        // Of a master that was killed: with it there ssh would log in, share nothing, and stay for ever.
        if check.status != nil { unlink(path) }
        if isFirst, try await stands(SSHWords.tell("check", socket: nil, jump)) { return nil }
        let seconds = Int64(words.options.connectTimeoutSeconds)
        let opened = try await ShortRun.run(
            words.master(jump, by: route, socket: path, lingerSeconds: Self.lingerSeconds),
            milliseconds: seconds * 1000 + Self.loginMilliseconds, group: group)
        guard opened.isWell else {
            let why = FailureReason.ofSSH(
                name: jump.address, jump, jumps: [], status: opened.status ?? 255 << 8, errors: opened.errors)
            throw DialFailure(name: why.name, reason: "its jump host " + why.reason)
        }
        return path
    }

    private func stands(_ words: [String]) async throws -> Bool {
        try await ShortRun.run(words, milliseconds: Self.checkMilliseconds, group: group).isWell
    }
}

/// Why a host was not reached: a name for counting, and a sentence with the command that mends it.
package struct DialFailure: Error, Hashable, Sendable {
    package let name: String
    package let reason: String

    package init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
}
