import Glibc

/// What cannot be read of a log, and what to do about it.
enum LogSourceError: Error, CustomStringConvertible {
    case unreadable(path: String, code: Int32)
    case folder(path: String)
    case damaged(path: String)
    /// Compressed in a way that is not read here; `tool` unpacks it.
    case packed(path: String, tool: String)

    var description: String {
        switch self {
        case .unreadable(let path, EACCES):
            "\(path): \(LogCheck.remedy(path, EACCES))"
        case .unreadable(let path, let code): "\(path): \(Self.reason(code)); name a file that you may read"
        case .folder(let path): "\(path): is a folder; name the logs in it, as \(path)/*.log"
        case .packed(let path, let tool):
            "\(path): is compressed; `\(tool) \(path) | martlet-agent logs -` reads it"
        case .damaged(let path):
            "\(path): the compressed data is damaged or cut off; what came before it is counted"
        }
    }

    static func reason(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}

/// The bytes of one file, of standard input, or of what either holds compressed by gzip or zstd.
final class LogSource {
    let path: String
    /// Bytes on disk, 0 where that is not known.
    let size: Int
    /// Bytes read of `size`.
    private(set) var position = 0

    private let descriptor: Int32
    private var codec: (any Decompressor)?
    private var isStarted = false
    private var isInputOver = false
    /// Compressed bytes that were read and not used yet.
    private var input: [UInt8] = []
    private var inputStart = 0
    private var inputEnd = 0

    init(_ path: String) throws(LogSourceError) {
        self.path = path
        descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            size = 0
            throw .unreadable(path: path, code: errno)
        }
        var facts = stat()
        let isKnown = unsafe fstat(descriptor, &facts) == 0
        size = isKnown && facts.st_mode & S_IFMT == S_IFREG ? Int(facts.st_size) : 0
        if isKnown, facts.st_mode & S_IFMT == S_IFDIR { throw .folder(path: path) }
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    deinit { if descriptor > 0 { close(descriptor) } }

    /// Reads on into `buffer`; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogSourceError) -> Int {
        if !isStarted {
            isStarted = true
            try begin()
        }
        if let codec { return try unsafe decode(codec, into: buffer) }
        if inputStart < inputEnd {
            // The first bytes, which were read to see whether they are compressed.
            let taken = min(buffer.count, inputEnd - inputStart)
            for place in 0..<taken { unsafe buffer[place] = input[inputStart + place] }
            inputStart += taken
            return taken
        }
        return try unsafe readRaw(buffer)
    }

    /// How other compressed files begin, and what unpacks them (the .xz format, bzip2).
    private static let packers: [([UInt8], String)] = [
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xzcat"), ([0x42, 0x5A, 0x68], "bzcat"),
    ]

    private func begin() throws(LogSourceError) {
        input = [UInt8](repeating: 0, count: 65_536)
        try fillInput()
        let begin = input[..<min(6, inputEnd)]
        codec = CompressionMagic.decompressor(for: begin)
        for (magic, tool) in Self.packers where begin.starts(with: magic) {
            throw .packed(path: path, tool: tool)
        }
    }

    private func fillInput() throws(LogSourceError) {
        inputStart = 0
        var failure: LogSourceError?
        inputEnd = unsafe input.withUnsafeMutableBytes { buffer in
            do throws(LogSourceError) {
                return try unsafe readRaw(buffer)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
    }

    private func readRaw(_ buffer: UnsafeMutableRawBufferPointer) throws(LogSourceError) -> Int {
        while true {
            let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 {
                position += count
                return count
            }
            guard errno == EINTR else { throw .unreadable(path: path, code: errno) }
        }
    }

    private func decode(
        _ codec: any Decompressor, into buffer: UnsafeMutableRawBufferPointer
    ) throws(LogSourceError) -> Int {
        while true {
            if inputStart == inputEnd, !isInputOver {
                try fillInput()
                isInputOver = inputEnd == 0
            }
            let step = unsafe input.withUnsafeBytes { bytes in
                unsafe codec.decode(
                    UnsafeRawBufferPointer(rebasing: bytes[inputStart..<inputEnd]), into: buffer)
            }
            guard let step else { throw .damaged(path: path) }
            inputStart += step.used
            if step.made > 0 { return step.made }
            guard isInputOver, step.used == 0 else { continue }
            guard codec.isAtBorder else { throw .damaged(path: path) }
            return 0
        }
    }
}
