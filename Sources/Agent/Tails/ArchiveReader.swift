import CLinux
import CZlib
import CZstd
import Glibc
import Wire

/// Reads a compressed log from its beginning, members and frames one after the other, into a buffer that also
/// holds the bytes before the offset; it lives only while the archive is being read.
final class ArchiveReader {
    enum Status: Equatable {
        case more, end, damaged
    }

    private var descriptor: Int32
    private var codec: any Codec
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
            guard let codec = GzipCodec() else { return nil }
            self.codec = codec
        case .zstd:
            guard let codec = ZstdCodec() else { return nil }
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
            let before = (end, inputRange.lowerBound)
            guard codec.decode(input, &inputRange, into: &content, &end, wanted) else { return .damaged }
            if before == (end, inputRange.lowerBound), isInputOver, inputRange.isEmpty {
                return codec.isAtBorder ? .end : .damaged
            }
        }
        return .more
    }
}

/// One decompressor: consumes from `input[range]` and appends to `content[end..<limit]`; false when it is damaged.
private protocol Codec {
    mutating func decode(
        _ input: [UInt8], _ range: inout Range<Int>, into content: inout [UInt8], _ end: inout Int,
        _ limit: Int
    ) -> Bool
    /// Nothing, or whole members only, has been read.
    var isAtBorder: Bool { get }
}

/// gzip as RFC 1952 has it; members follow each other, and zeros may follow the last. Safe: the stream is its own from init to
/// deinit, and each call gets buffers that outlive it.
@safe private final class GzipCodec: Codec {
    private let stream: UnsafeMutablePointer<z_stream>
    private(set) var isAtBorder = true

    init?() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for gzip's header.
        let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            unsafe stream.deallocate()
            return nil
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func decode(
        _ input: [UInt8], _ range: inout Range<Int>, into content: inout [UInt8], _ end: inout Int,
        _ limit: Int
    ) -> Bool {
        if isAtBorder {
            while !range.isEmpty, input[range.lowerBound] == 0 {
                range = range.lowerBound + 1..<range.upperBound
            }
        }
        guard !range.isEmpty || !isAtBorder else { return true }
        isAtBorder = false
        let status = unsafe input.withUnsafeBytes { from in
            unsafe content.withUnsafeMutableBytes { to in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: from.baseAddress!.assumingMemoryBound(to: UInt8.self) + range.lowerBound)
                unsafe stream.pointee.avail_in = UInt32(range.count)
                unsafe stream.pointee.next_out = to.baseAddress!.assumingMemoryBound(to: UInt8.self) + end
                unsafe stream.pointee.avail_out = UInt32(limit - end)
                return unsafe inflate(stream, Z_NO_FLUSH)
            }
        }
        range = range.upperBound - Int(unsafe stream.pointee.avail_in)..<range.upperBound
        end = limit - Int(unsafe stream.pointee.avail_out)
        switch status {
        case Z_STREAM_END:
            isAtBorder = true
            return unsafe inflateReset(stream) == Z_OK
        case Z_OK, Z_BUF_ERROR: return true
        default: return false
        }
    }
}

/// Zstandard as RFC 8878 has it; frames follow each other. Safe for the reasons above.
@safe private final class ZstdCodec: Codec {
    private let stream: OpaquePointer
    private(set) var isAtBorder = true

    init?() {
        guard let stream = unsafe ZSTD_createDStream() else { return nil }
        unsafe self.stream = stream
        // A frame may ask for a window of gigabytes; 2^27 is what zstd itself takes without being told to.
        _ = unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 27)
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    func decode(
        _ input: [UInt8], _ range: inout Range<Int>, into content: inout [UInt8], _ end: inout Int,
        _ limit: Int
    ) -> Bool {
        let (first, place) = (range.lowerBound, end)
        let size = range.count
        let (status, taken, given) = unsafe input.withUnsafeBytes { from in
            unsafe content.withUnsafeMutableBytes { to -> (Int, Int, Int) in
                var source = unsafe ZSTD_inBuffer(src: from.baseAddress! + first, size: size, pos: 0)
                var target = unsafe ZSTD_outBuffer(dst: to.baseAddress! + place, size: limit - place, pos: 0)
                let status = unsafe ZSTD_decompressStream(stream, &target, &source)
                return unsafe (status, source.pos, target.pos)
            }
        }
        range = first + taken..<range.upperBound
        end = place + given
        guard ZSTD_isError(status) == 0 else { return false }
        if taken > 0 || given > 0 { isAtBorder = status == 0 }
        return true
    }
}
