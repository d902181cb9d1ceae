import CLinux
import Glibc
import Wire

/// Reads a compressed log from its beginning, members and frames one after the other, into a buffer that also
/// holds the bytes before the offset; it lives only while the archive is being read.
final class ArchiveReader {
    enum Status: Equatable {
        case more, end, damaged
    }

    private var descriptor: Int32
    private let codec: any Decompressor
    private var input = [UInt8](repeating: 0, count: 1 << 16)
    private var inputRange = 0..<0
    private var isInputOver = false
    /// The content: `content[0..<end]`, of which the first bytes prove the offset.
    private var content = [UInt8](repeating: 0, count: capacity)
    private static let capacity = TailLimits.tailBytes + TailLimits.lineBytes + 2
    private var end = 0
    /// Whether what was read before is passed over.
    private var isPlaced = false

    /// Takes the descriptor over; nil for a compression that is not read.
    init?(_ compression: RotatedName.Compression, descriptor: Int32) {
        switch compression {
        case .gzip:
            guard let codec = GzipDecompressor() else { return nil }
            self.codec = codec
        case .zstd:
            guard let codec = ZstdDecompressor() else { return nil }
            self.codec = codec
        case .none, .other: return nil
        }
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    var isFull: Bool { end == content.count }

    func withContent(_ body: (Span<UInt8>, Int) -> Void) {
        let bytes = content
        body(bytes.span, end)
    }

    /// The first bytes of the content, to know it by; at most `TailLimits.headBytes`.
    static func head(_ compression: RotatedName.Compression, taking descriptor: Int32) -> [UInt8] {
        guard let reader = ArchiveReader(compression, descriptor: descriptor) else {
            _ = close(descriptor)
            return []
        }
        _ = reader.fill(until: TailLimits.headBytes)
        return Array(reader.content[0..<min(reader.end, TailLimits.headBytes)])
    }

    /// Passes over what the file's mark says was read, once; an outcome where that is not what is here.
    func skip(to file: TailFile) -> LineReader.Outcome? {
        guard !isPlaced else { return nil }
        var position: UInt64 = 0
        let window = file.tail.length
        let start = file.offset - UInt64(window)
        while position < start {
            end = 0
            let wanted = Int(min(UInt64(content.count), start - position))
            let status = fill(until: wanted)
            position += UInt64(end)
            if status == .damaged { return .failed(EBADMSG) }
            if status == .end, position < start { return .replaced }
        }
        end = 0
        let status = fill(until: window)
        if status == .damaged { return .failed(EBADMSG) }
        guard end == window, file.tail.fits(content.span.extracting(0..<window)) else { return .replaced }
        isPlaced = true
        return nil
    }

    /// Forgets the first `count` bytes of the content.
    func drop(_ count: Int) {
        guard count > 0 else { return }
        for place in count..<end { content[place - count] = content[place] }
        end -= count
    }

    /// Decompresses until the content is full or `until` bytes are there.
    func fill(until limit: Int = .max) -> Status {
        let wanted = min(limit, content.count)
        while end < wanted {
            if inputRange.isEmpty, !isInputOver {
                let got = unsafe input.withUnsafeMutableBytes {
                    unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
                }
                if got < 0 { return .damaged }
                isInputOver = got == 0
                inputRange = 0..<max(0, got)
            }
            guard let step = decode(wanted) else { return .damaged }
            inputRange = inputRange.lowerBound + step.used..<inputRange.upperBound
            end += step.made
            if step == (0, 0), isInputOver, inputRange.isEmpty {
                return codec.isAtBorder ? .end : .damaged
            }
        }
        return .more
    }

    private func decode(_ wanted: Int) -> (used: Int, made: Int)? {
        let (codec, inputRange, end) = (codec, inputRange, end)
        return unsafe input.withUnsafeBytes { from in
            unsafe content.withUnsafeMutableBytes { to in
                // Both ranges lie within their arrays: what was read, and what `fill` found room for.
                unsafe codec.decode(
                    UnsafeRawBufferPointer(rebasing: from[inputRange]),
                    into: UnsafeMutableRawBufferPointer(rebasing: to[end..<wanted]))
            }
        }
    }
}
