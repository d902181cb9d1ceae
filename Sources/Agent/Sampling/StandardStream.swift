import Glibc

/// What the agent was given as standard input and output.
package enum StandardStream {
    /// Whether someone may give orders by `descriptor`. /dev/null ends at once and means that nobody does; of a terminal
    /// the keys belong to who reads them, as the pager of `martlet-agent stream --text | less`.
    package static func canGiveOrders(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 0 && !isNullDevice(descriptor)
    }

    /// Keeps reads and writes from waiting. The flag belongs to the open file, which a shell may share: only a pipe or
    /// socket is ours alone.
    package static func makeNonblocking(_ descriptor: Int32) {
        guard isPipe(descriptor) else { return }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// Whether somebody holds the other end: of a pipe or a socket.
    static func isPipe(_ descriptor: Int32) -> Bool {
        guard let status = status(of: descriptor) else { return false }
        return status.st_mode & S_IFMT == S_IFIFO || status.st_mode & S_IFMT == S_IFSOCK
    }

    private static func isNullDevice(_ descriptor: Int32) -> Bool {
        let device = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard device >= 0 else { return false }
        defer { close(device) }
        guard let given = status(of: descriptor), let null = status(of: device) else { return false }
        return given.st_mode & S_IFMT == S_IFCHR && given.st_rdev == null.st_rdev
    }

    private static func status(of descriptor: Int32) -> stat? {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status : nil
    }
}
