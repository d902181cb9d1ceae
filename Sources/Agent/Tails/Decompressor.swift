import CZlib
import CZstd

/// Unpacks one compressed log, piece by piece.
protocol Decompressor: AnyObject {
    /// Unpacks what fits into `output`, which is not empty: the bytes used and made; nil where the data is damaged. An empty
    /// input asks for what is left of those before.
    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> (used: Int, made: Int)?

    /// Nothing, or whole members only, has been read.
    var isAtBorder: Bool { get }
}

/// How a compressed log begins.
enum CompressionMagic {
    /// Nil for what is not unpacked here; a decompressor there is no memory for is none either.
    static func decompressor(for begin: ArraySlice<UInt8>) -> (any Decompressor)? {
        if begin.starts(with: [0x1F, 0x8B, 0x08]) { return GzipDecompressor() }
        if begin.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return ZstdDecompressor() }
        return nil
    }
}

/// gzip as RFC 1952 has it; members follow each other, and zeros may follow the last. Safe: the stream is its own from init to
/// deinit, at one address, and each call gets buffers that outlive it.
@safe final class GzipDecompressor: Decompressor {
    private let stream: UnsafeMutablePointer<z_stream>
    private(set) var isAtBorder = true

    init?() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe czlib_inflate_begin(stream) == Z_OK else {
            unsafe stream.deallocate()
            return nil
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> (used: Int, made: Int)? {
        if isAtBorder {
            var padding = 0
            while padding < input.count, unsafe input[padding] == 0 { padding += 1 }
            if padding > 0 || input.count == 0 { return (padding, 0) }
        }
        isAtBorder = false
        // zlib does not write to its input, whatever its type says.
        let source = unsafe UnsafeMutableRawPointer(mutating: input.baseAddress)
        unsafe stream.pointee.next_in = source?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
        let (most, room) = unsafe (stream.pointee.avail_in, stream.pointee.avail_out)
        let status = unsafe inflate(stream, Z_NO_FLUSH)
        let step = unsafe (Int(most - stream.pointee.avail_in), Int(room - stream.pointee.avail_out))
        switch status {
        case Z_STREAM_END:
            isAtBorder = true
            return unsafe inflateReset(stream) == Z_OK ? step : nil
        case Z_OK, Z_BUF_ERROR: return step
        default: return nil
        }
    }
}

/// Zstandard as RFC 8878 has it; frames follow each other. Safe for the reasons above.
@safe final class ZstdDecompressor: Decompressor {
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
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> (used: Int, made: Int)? {
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = unsafe ZSTD_decompressStream(stream, &target, &source)
        guard ZSTD_isError(status) == 0 else { return nil }
        let step = unsafe (used: source.pos, made: target.pos)
        if step.used > 0 || step.made > 0 { isAtBorder = status == 0 }
        return step
    }
}
