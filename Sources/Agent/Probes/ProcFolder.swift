import CLinux
import Glibc

/// A folder of /proc or /sys that is kept open and listed again in place.
package struct ProcFolder: ~Copyable {
    package let path: String
    private let pathBytes: ContiguousArray<CChar>
    private var descriptor: Int32 = -1

    package init(_ path: String) {
        self.path = path
        pathBytes = path.utf8CString
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Calls `body` with each entry's name as bytes of the buffer; `.` and `..` are left out.
    package mutating func list(
        _ buffer: ProbeBuffer, _ body: (Span<UInt8>, Range<Int>) -> Void
    ) throws(ProbeError) {
        if descriptor < 0 {
            descriptor = unsafe pathBytes.withUnsafeBufferPointer { unsafe clinux_open($0.baseAddress) }
            if descriptor < 0 {
                let failure = -descriptor
                descriptor = -1
                throw .unreadable(path: path, errno: failure)
            }
        } else {
            _ = clinux_rewind(descriptor)
        }
        if buffer.bytes.count < 16_384 { buffer.bytes = [UInt8](repeating: 0, count: 16_384) }
        while true {
            let capacity = buffer.bytes.count
            let descriptor = descriptor
            let count = unsafe buffer.bytes.withUnsafeMutableBytes {
                unsafe clinux_getdents(descriptor, $0.baseAddress, capacity)
            }
            guard count >= 0 else { throw .unreadable(path: path, errno: Int32(-count)) }
            guard count > 0 else { return }
            let bytes = buffer.bytes
            Self.entries(bytes.span.extracting(0..<count), body)
        }
    }

    /// The names, sorted by bytes; allocates, so for folders that are looked at now and then.
    package mutating func names(_ buffer: ProbeBuffer) throws(ProbeError) -> [String] {
        var names: [String] = []
        try list(buffer) { bytes, range in names.append(Fields.text(bytes, range)) }
        names.sort()
        return names
    }

    /// struct linux_dirent64, getdents(2): inode 8, offset 8, length 2, type 1, name with its NUL.
    static func entries(_ bytes: Span<UInt8>, _ body: (Span<UInt8>, Range<Int>) -> Void) {
        var offset = 0
        while offset + 19 <= bytes.count {
            let length = Int(bytes[offset + 16]) | Int(bytes[offset + 17]) << 8
            guard length >= 20, offset + length <= bytes.count else { return }
            let start = offset + 19
            var end = start
            while end < offset + length, bytes[end] != 0 { end += 1 }
            let isDot =
                bytes[start] == 0x2E && (end == start + 1 || (end == start + 2 && bytes[start + 1] == 0x2E))
            if !isDot, end > start { body(bytes, start..<end) }
            offset += length
        }
    }
}

/// Small sysfs attributes that are read whole, now and then.
package enum Attribute {
    /// The file's text without the last newline; nil where it cannot be read.
    package static func text(_ path: String, _ buffer: ProbeBuffer) -> String? {
        var file = ProcFile(path)
        guard let count = try? file.read(into: &buffer.bytes) else { return nil }
        let bytes = buffer.bytes
        var end = count
        while end > 0, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x20 || bytes[end - 1] == 0 { end -= 1 }
        return Fields.text(bytes.span, 0..<end)
    }

    package static func number(_ path: String, _ buffer: ProbeBuffer) -> Int64? {
        text(path, buffer).flatMap { Int64($0) }
    }

    /// The path without symbolic links; nil where something of it is missing.
    package static func resolved(_ path: String) -> String? {
        guard let found = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    /// Where a symbolic link leads, as it is written; nil where there is none.
    package static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { letters in
                guard let start = letters.baseAddress else { return 0 }
                return unsafe readlink(path, start, letters.count)
            }
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
