import Foundation
import Glibc

/// Where a hub keeps its socket, lock and log.
package struct HubFolders: Sendable, Equatable {
    package let state: String
    package let socket: String

    /// The first place, of those that a client looks at, that can be written: blueprint section 2.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) throws(HubError) {
        let home =
            environment["XDG_STATE_HOME"].nonEmpty
            ?? environment["HOME"].nonEmpty.map { "\($0)/.local/state" }
        guard let home else {
            throw .folder(path: "state", reason: "neither XDG_STATE_HOME nor HOME is set; export one of them")
        }
        state = "\(home)/martlet"
        let runtime = environment["XDG_RUNTIME_DIR"].nonEmpty
        socket = runtime.map { "\($0)/martlet/hub.sock" } ?? "\(state)/hub.sock"
    }

    /// The sockets that a client tries, in order.
    package static func candidates(environment: [String: String] = ProcessInfo.processInfo.environment)
        -> [String]
    {
        var found: [String] = []
        if let runtime = environment["XDG_RUNTIME_DIR"].nonEmpty {
            found.append("\(runtime)/martlet/hub.sock")
        }
        let home =
            environment["XDG_STATE_HOME"].nonEmpty
            ?? environment["HOME"].nonEmpty.map { "\($0)/.local/state" }
        if let home { found.append("\(home)/martlet/hub.sock") }
        return found + ["/run/martlet/hub.sock"]
    }

    package var log: String { "\(state)/hub.log" }

    /// Makes the folders, 0700, and refuses those that somebody else owns.
    func make() throws(HubError) {
        for folder in [state, String(socket[..<(socket.lastIndex(of: "/") ?? socket.startIndex)])] {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw .folder(path: folder, reason: "cannot be made: \(error.localizedDescription)")
            }
            var status = stat()
            guard lstat(folder, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
                throw .folder(
                    path: folder, reason: "must belong to you and be writable by nobody else; chmod 700 it")
            }
        }
    }
}

extension String? {
    fileprivate var nonEmpty: String? {
        self?.isEmpty == false ? self : nil
    }
}

/// The exclusive lock on a state folder: one hub a folder. Held until the process ends.
struct HubLock: ~Copyable {
    private let descriptor: Int32

    init(_ folders: HubFolders) throws(HubError) {
        let path = "\(folders.state)/hub.lock"
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw .folder(path: path, reason: "cannot be opened (errno \(errno))") }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            throw .alreadyRunning(folder: folders.state)
        }
        // Last: from here on the value owns the descriptor, and its deinit closes it.
        descriptor = opened
    }

    deinit {
        close(descriptor)
    }
}
