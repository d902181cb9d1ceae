/// Bytes that a process had read from and written to storage, /proc/PID/io; proc_pid_io(5).
enum ProcessIO {
    /// `read_bytes` and `write_bytes` together; nil where the file is not one of a process.
    static func parse(_ bytes: Span<UInt8>) -> UInt64? {
        var offset = 0
        var read: UInt64?
        var written: UInt64?
        while offset < bytes.count {
            if Fields.take("read_bytes:", bytes, &offset) {
                read = Fields.decimal(bytes, &offset)
            } else if Fields.take("write_bytes:", bytes, &offset) {
                written = Fields.decimal(bytes, &offset)
            }
            Fields.skipLine(bytes, &offset)
        }
        guard let read, let written else { return nil }
        return read &+ written
    }
}
