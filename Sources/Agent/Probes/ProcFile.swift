import CLinux
import Glibc

/// A file of /proc or /sys, opened once and reread in place: no open, no close, no allocation a read.
package struct ProcFile: ~Copyable {
    package let path: String
    /// The path with its NUL: opening again, which happens for what is absent, makes no copy.
    private let pathBytes: ContiguousArray<CChar>
    private var descriptor: Int32 = -1

    /// Nothing is opened until the first read.
    package init(_ path: String) {
        self.path = path
        pathBytes = path.utf8CString
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Reads the whole file to the start of `buffer`, which grows to twice what it holds; returns the bytes read.
    ///
    /// A device that went and came back (ENODEV, ESTALE) is opened afresh once.
    package mutating func read(into buffer: inout [UInt8]) throws(ProbeError) -> Int {
        if descriptor < 0 { try open() }
        let count = readAll(into: &buffer)
        if count >= 0 { return count }
        close(descriptor)
        descriptor = -1
        guard count == -Int(ENODEV) || count == -Int(ESTALE) else {
            throw .unreadable(path: path, errno: Int32(-count))
        }
        try open()
        let again = readAll(into: &buffer)
        guard again >= 0 else { throw .unreadable(path: path, errno: Int32(-again)) }
        return again
    }

    /// Gives the descriptor back; the next read opens the file again.
    package mutating func release() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private mutating func open() throws(ProbeError) {
        descriptor = unsafe pathBytes.withUnsafeBufferPointer { unsafe clinux_open($0.baseAddress) }
        guard descriptor >= 0 else {
            let failure = -descriptor
            descriptor = -1
            throw .unreadable(path: path, errno: failure)
        }
    }

    /// Bytes read, or -errno. A read that fills the buffer is repeated with one twice as large, so that no
    /// file is read in two parts of two different moments.
    private func readAll(into buffer: inout [UInt8]) -> Int {
        if buffer.count < 4096 { buffer = [UInt8](repeating: 0, count: 16_384) }
        while true {
            let capacity = buffer.count
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe clinux_pread_all(descriptor, $0.baseAddress, capacity)
            }
            guard count == capacity, capacity < ProcFile.bytesMax else { return count }
            buffer = [UInt8](repeating: 0, count: capacity * 2)
        }
    }

    /// No file of /proc that we read is larger; a longer one is cut here.
    private static let bytesMax = 8 << 20
}
