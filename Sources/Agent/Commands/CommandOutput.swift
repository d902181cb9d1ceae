import Glibc

/// What a command of the agent writes for whoever started it.
enum CommandOutput {
    /// Writes all of `text`; a reader that went away ends the writing.
    static func write(_ text: String, to descriptor: Int32 = 1) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    static func complain(_ text: String) { write(text, to: 2) }

    /// Whether the reader took the first `count` bytes. It may be slow: what it does not take yet waits here.
    static func deliver(_ bytes: [UInt8], _ count: Int) -> Bool {
        var done = 0
        while done < count {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(1, $0.baseAddress! + done, count - done)
            }
            if written > 0 {
                done += written
            } else if errno == EAGAIN {
                var room = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&room, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
