import Foundation
import Glibc

/// Where a hub keeps its socket, lock and log.
package struct HubFolders: Sendable, Equatable {
    package let state: String
    package let socket: String
    /// Of Martlet's own connections over ssh: beside this user's socket, also where the hub's is open to a group.
    package let sshSockets: SSHSockets

    /// The first place, of those that a client looks at, that can be written.
    ///
    /// A hub that is open to a group lies in `shared`, where every member's martlet looks, if that folder is this
    /// user's or can be made.
    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment, isGroupOpen: Bool = false,
        shared: String = Self.shared
    ) throws(HubError) {
        let home =
            environment["XDG_STATE_HOME"].nonEmpty
            ?? environment["HOME"].nonEmpty.map { "\($0)/.local/state" }
        guard let home else {
            throw .folder(path: "state", reason: "neither XDG_STATE_HOME nor HOME is set; export one of them")
        }
        state = "\(home)/martlet"
        let runtime = environment["XDG_RUNTIME_DIR"].nonEmpty
        let own = runtime.map { "\($0)/martlet/hub.sock" } ?? "\(state)/hub.sock"
        sshSockets = SSHSockets(beside: runtime.map { "\($0)/martlet" } ?? state)
        socket = isGroupOpen && Self.canUse(shared) ? "\(shared)/hub.sock" : own
    }

    /// Where a service's hub or a group's has its socket.
    package static let shared = "/run/martlet"

    private static func canUse(_ folder: String) -> Bool {
        var status = stat()
        if stat(folder, &status) == 0 { return status.st_uid == geteuid() }
        return access((folder as NSString).deletingLastPathComponent, W_OK) == 0
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
        return found + ["\(shared)/hub.sock"]
    }

    package var log: String { "\(state)/hub.log" }

    /// Makes the folders, 0700, and refuses those that somebody else owns or may write. `isGroupOpen` lets the socket's
    /// group into the socket's folder, though not list it.
    func make(isGroupOpen: Bool = false) throws(HubError) {
        guard socket.utf8.count <= Self.socketBytesMax else {
            throw .folder(
                path: socket,
                reason:
                    "a socket's path has \(Self.socketBytesMax) bytes at most; set XDG_RUNTIME_DIR to a shorter one"
            )
        }
        let socketFolder = String(socket[..<(socket.lastIndex(of: "/") ?? socket.startIndex)])
        for folder in [state, socketFolder] {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                let reason = "cannot be made: \(error.localizedDescription)"
                let isForbidden = (error as? CocoaError)?.code == .fileWriteNoPermission
                throw isForbidden
                    ? .forbidden(path: folder, reason: reason) : .folder(path: folder, reason: reason)
            }
            var status = stat()
            guard lstat(folder, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
                throw .forbidden(
                    path: folder, reason: "must belong to you and be writable by nobody else; chmod 700 it")
            }
            if isGroupOpen, folder == socketFolder { chmod(folder, status.st_mode & 0o7777 | 0o010) }
        }
    }

    /// sun_path of unix(7) with its end.
    private static let socketBytesMax = 107
}

extension String? {
    fileprivate var nonEmpty: String? {
        self?.isEmpty == false ? self : nil
    }
}
