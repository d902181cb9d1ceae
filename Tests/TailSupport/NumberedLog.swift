import Glibc

/// Writes numbered lines as a server would, rotates as logrotate would, and knows what was written.
package final class NumberedLog {
    package let path: String
    package private(set) var truth = LineTally()
    private var next: UInt64
    private var descriptor: Int32 = -1
    private let flags: Int32
    /// What follows each number, without the newline.
    package var filler = " GET /items/7 200 0.012"

    package init(_ path: String, from first: UInt64 = 1, appends: Bool = true) {
        self.path = path
        next = first
        flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appends ? O_APPEND : 0)
        reopen()
    }

    deinit { close() }

    package func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// As after SIGUSR1: the name is opened again.
    package func reopen() {
        close()
        descriptor = open(path, flags, 0o644)
    }

    package func write(_ lines: Int, ending: String = "\n") {
        var text = ""
        for _ in 0..<lines {
            text += "\(next)\(filler)\(ending)"
            truth.add(next)
            next += 1
        }
        raw(text)
    }

    /// Bytes as they are; what of them counts is the caller's business.
    package func raw(_ text: String) { raw(Array(text.utf8)) }

    package func raw(_ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            done += count
        }
    }

    package func expect(_ number: UInt64) { truth.add(number) }

    /// Takes the next number without writing its line.
    package func take() -> UInt64 {
        defer { next += 1 }
        return next
    }

    /// The number taken last is in the log now.
    package func expectLast() { truth.add(next - 1) }

    package func rename(to suffix: String) { _ = Glibc.rename(path, path + suffix) }

    /// `.2` becomes `.3`, `.1` becomes `.2`, the log becomes `.1`; the writer keeps its descriptor.
    package func shift(_ keep: Int = 9) {
        for number in stride(from: keep, to: 0, by: -1) {
            for ending in ["", ".gz", ".zst"] {
                _ = Glibc.rename("\(path).\(number)\(ending)", "\(path).\(number + 1)\(ending)")
            }
        }
        rename(to: ".1")
    }

    /// logrotate's copytruncate: the content is copied to `.1`, then the file is cut to nothing.
    package func copyTruncate(_ suffix: String = ".1") {
        copy(to: path + suffix)
        truncate(to: 0)
    }

    package func copy(to target: String) {
        let from = open(path, O_RDONLY | O_CLOEXEC)
        let to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(from, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            _ = buffer[0..<count].withUnsafeBytes { Glibc.write(to, $0.baseAddress, $0.count) }
        }
        Glibc.close(from)
        Glibc.close(to)
    }

    package func truncate(to size: Int) { _ = ftruncate(descriptor, off_t(size)) }
}
