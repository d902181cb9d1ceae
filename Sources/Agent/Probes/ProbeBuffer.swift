/// The bytes that the probes of one sampler read files into, one after another.
package final class ProbeBuffer {
    package var bytes: [UInt8] = []

    package init() {}
}

/// One kept-open file and the buffer that it is read into.
package struct ProbeFile: ~Copyable {
    private var file: ProcFile
    private let buffer: ProbeBuffer

    package init(_ path: String, _ buffer: ProbeBuffer) {
        file = ProcFile(path)
        self.buffer = buffer
    }

    package var path: String { file.path }

    /// Gives the descriptor back; the next read opens the file again.
    package mutating func release() {
        file.release()
    }

    /// Rereads the file and hands its bytes over. What `body` throws as malformed gets the file's path here, because
    /// a probe must not touch its file while it is being read.
    package mutating func read<Result>(
        _ body: (Span<UInt8>) throws(ProbeError) -> Result
    ) throws(ProbeError) -> Result {
        let count = try file.read(into: &buffer.bytes)
        let bytes = buffer.bytes
        do throws(ProbeError) {
            return try body(bytes.span.extracting(0..<count))
        } catch {
            if case .malformed("", let reason) = error { throw .malformed(path: file.path, reason: reason) }
            throw error
        }
    }
}

extension ProbeError {
    /// The path is not there at all, which on this kernel or machine is no failure.
    package var isAbsent: Bool {
        if case .unreadable(_, let code) = self { code == 2 || code == 19 || code == 95 } else { false }
    }
}

/// Runs `body`; a source that is not there becomes `.notApplicable` with this reason.
package func unlessAbsent<Result>(
    _ reason: String, _ body: () throws(ProbeError) -> Result
) throws(ProbeError) -> Result {
    do {
        return try body()
    } catch {
        throw error.isAbsent ? .notApplicable(reason: reason) : error
    }
}
