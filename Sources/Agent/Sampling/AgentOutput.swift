import Glibc
import Wire

/// Writes frames without ever blocking the sampling: what the reader does not take waits, up to a bound.
struct AgentOutput {
    private let descriptor: Int32
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

    var isWaiting: Bool { written < waiting.count }
    var hasRoom: Bool { waiting.count - written < Self.waitingMax }

    /// Writes what the encoder has and what waits; false when the reader is gone.
    mutating func write(_ encoder: inout SampleEncoder) -> Bool {
        encoder.drain { bytes in
            if text != nil {
                waiting.append(contentsOf: Array((text?.lines(for: bytes) ?? "").utf8))
            } else {
                for offset in bytes.indices { waiting.append(bytes[offset]) }
            }
        }
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
