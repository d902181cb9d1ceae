import Foundation
import Glibc
import Logging

/// The exclusive lock on a state folder: one hub a folder. Held until the process ends.
///
/// Its file says who holds it: `session PID` of a hub that ends with its screens, `PID` of one that stays.
struct HubLock: ~Copyable {
    private let descriptor: Int32

    /// A hub that stays takes the place of one that only screens keep: that one runs no hooks, and a screen starts it
    /// wherever a hub is gone.
    init(_ folders: HubFolders, isSession: Bool, logger: Logger) throws(HubError) {
        let path = "\(folders.state)/hub.lock"
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            let (code, reason) = (errno, "cannot be opened (errno \(errno))")
            throw code == EACCES || code == EPERM
                ? .forbidden(path: path, reason: reason) : .folder(path: path, reason: reason)
        }
        guard Self.take(opened) || !isSession && Self.takeOver(opened, logger) else {
            close(opened)
            throw .alreadyRunning(folder: folders.state)
        }
        // For the next hub alone: who cannot write it, as on a full disk, holds the lock all the same.
        let holder = Array("\(isSession ? "session " : "")\(getpid())\n".utf8)
        if ftruncate(opened, 0) == 0 { _ = pwrite(opened, holder, holder.count, 0) }
        // Last: from here on the value owns the descriptor, and its deinit closes it.
        descriptor = opened
    }

    deinit {
        close(descriptor)
    }

    private static func take(_ descriptor: Int32) -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// A hub tells who is still to be told before it ends.
    private static let handOverSeconds = 20.0

    /// Ends the session hub that holds the lock, and waits for it; also those that screens start in between.
    private static func takeOver(_ descriptor: Int32, _ logger: Logger) -> Bool {
        var ended: Set<pid_t> = []
        let deadline = ContinuousClock.now + .seconds(handOverSeconds)
        while ContinuousClock.now < deadline {
            if let holder = sessionHolder(descriptor) {
                if ended.insert(holder).inserted, kill(holder, SIGTERM) == 0 {
                    logger.notice(
                        "takes the place of the hub that a screen started", metadata: ["hub.pid": "\(holder)"]
                    )
                }
            } else if ended.isEmpty {
                return false
            }
            usleep(20_000)
            if take(descriptor) { return true }
        }
        return false
    }

    /// The session hub that wrote the file, and has the lock while others are refused it.
    private static func sessionHolder(_ descriptor: Int32) -> pid_t? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        let words = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "session", let holder = pid_t(words[1]), holder > 1,
            holder != getpid()
        else { return nil }
        return holder
    }
}
