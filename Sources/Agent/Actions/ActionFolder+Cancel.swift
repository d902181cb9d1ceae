import Glibc
import Telemetry

/// How whoever is told to end an order reaches its runner, which may be the child of another agent or of none.
extension ActionFolder {
    /// Who asks is noted with so much of their names.
    static let askerBytesMax = 128

    /// Makes the order's pipe and opens it for its runner; negative where there can be none, and it cannot be cancelled.
    func openCancel(_ id: String) -> Int32 {
        guard unsafe mkfifo(cancel(id), 0o600) == 0 || errno == EEXIST else { return -1 }
        // Open for writing too, so that it never comes to an end.
        return unsafe open(cancel(id), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
    }

    /// Tells the runner of the order to end it; false where none listens, now or any more. Never waits.
    package func askToCancel(_ id: String, by asker: String) -> Bool {
        guard Self.isID(id) else { return false }
        let pipe = unsafe open(cancel(id), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        guard pipe >= 0 else { return false }
        defer { close(pipe) }
        var facts = stat()
        guard unsafe fstat(pipe, &facts) == 0, facts.st_mode & S_IFMT == S_IFIFO else { return false }
        let bytes = Array((asker.isEmpty ? "?" : asker).utf8.prefix(Self.askerBytesMax))
        return unsafe bytes.withUnsafeBytes { unsafe Glibc.write(pipe, $0.baseAddress, $0.count) }
            == bytes.count
    }
}
