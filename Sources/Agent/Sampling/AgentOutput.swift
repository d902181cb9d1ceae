import Glibc

/// Writes frames without ever blocking the sampling: what the reader does not take waits, up to a bound.
struct AgentOutput {
    let descriptor: Int32
    private var waiting: [UInt8] = []
    private var written = 0
    private var text: FrameText?

    /// Beyond this nothing more is sampled until the reader has caught up.
    private static let waitingMax = 4 << 20

    init(descriptor: Int32, isText: Bool) {
        self.descriptor = descriptor
        text = isText ? FrameText() : nil
        StandardStream.makeNonblocking(descriptor)
    }

    var waitingBytes: Int { waiting.count - written }
    var isWaiting: Bool { waitingBytes > 0 }
    var hasRoom: Bool { waitingBytes < Self.waitingMax }

    mutating func append(_ bytes: Span<UInt8>) {
        if text != nil {
            waiting.append(contentsOf: Array((text?.lines(for: bytes) ?? "").utf8))
        } else {
            for offset in bytes.indices { waiting.append(bytes[offset]) }
        }
    }

    /// Writes what waits; false when the reader is gone.
    mutating func flush() -> Bool {
        while isWaiting {
            let start = written
            let count = unsafe waiting.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
            }
            if count > 0 {
                written += count
            } else if errno == EAGAIN {
                return true
            } else if errno != EINTR {
                return false
            }
        }
        waiting.removeAll(keepingCapacity: true)
        written = 0
        return true
    }
}
