import CLinux
import Glibc
import RequestLogs
import Wire

/// Reads followed files and hands their lines on, all through one buffer.
///
/// Each read begins `tail.length` bytes before the offset, so every read also shows whether what was read before is
/// still there: a file that was truncated and has grown beyond the offset again does not go unseen. A line that is not
/// whole stays in the file and is read again with the next write, so nothing is kept in memory between reads.
final class LineReader {
    enum Outcome: Equatable {
        /// All whole lines there are.
        case atEnd
        /// The turn is over, and there is more.
        case more
        /// What stands before the offset is not what was read.
        case replaced
        /// The read failed with this errno; `EBADMSG` is a damaged archive.
        case failed(Int32)
    }

    let consumer: any LineConsumer
    let counters: TailCounters
    private var buffer: [UInt8]

    init(consumer: any LineConsumer, counters: TailCounters) {
        self.consumer = consumer
        self.counters = counters
        // Room for the longest line with its end, behind the bytes that prove the offset.
        buffer = [UInt8](repeating: 0, count: TailLimits.tailBytes + TailLimits.lineBytes + 2)
    }

    /// Reads at most about `turn` bytes' worth of whole lines from an open file.
    func read(_ file: TailFile, turn: Int) -> Outcome {
        if let archive = file.archive { return read(file, archive, turn: turn) }
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        defer { swap(&bytes, &buffer) }
        var left = turn
        while true {
            let window = file.tail.length
            let got = Self.read(file.descriptor, &bytes, at: file.offset - UInt64(window))
            if got < 0 { return .failed(Int32(-got)) }
            guard got >= window, file.tail.fits(bytes.span.extracting(0..<window)) else { return .replaced }
            let isFull = got == bytes.count
            let rest = split(bytes.span, window, got, of: file, isFull: isFull)
            file.advance(rest - window, in: bytes.span, from: window)
            if !isFull { return .atEnd }
            // What proves the offset must be zeros too, as it is before the data.
            let isZero = rest == got && endOfZeros(bytes.span, got - TailLimits.tailBytes, got) == got
            skipHole(of: file, isZero: isZero)
            left -= rest - window
            if left <= 0 { return .more }
        }
    }

    /// Hands on what stands behind the last newline of a file that is complete.
    func finish(_ file: TailFile) {
        if let archive = file.archive {
            archive.withContent { bytes, end in
                handOnRest(bytes, file.tail.length, end, of: file)
            }
        } else if file.descriptor >= 0 {
            var bytes: [UInt8] = []
            swap(&bytes, &buffer)
            defer { swap(&bytes, &buffer) }
            let window = file.tail.length
            let got = Self.read(file.descriptor, &bytes, at: file.offset - UInt64(window))
            if got > window, got < bytes.count, file.tail.fits(bytes.span.extracting(0..<window)) {
                handOnRest(bytes.span, window, got, of: file)
            }
        }
        consumer.finish(file.number)
    }

    private func handOnRest(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, of file: TailFile) {
        guard end > start else { return }
        var first = start
        while first < end, bytes[first] == 0 { first += 1 }
        counters.add(first - start, to: .nulBytes)
        if first < end, !file.flags.contains(.insideLongLine) {
            hand(bytes, first, end, file, file.offset + UInt64(first - start), .unterminated)
            counters[.unterminatedLines] += 1
        }
        file.flags.remove(.insideLongLine)
        file.advance(end - start, in: bytes, from: start)
    }

    // MARK: Archives

    private func read(_ file: TailFile, _ archive: ArchiveReader, turn: Int) -> Outcome {
        if let outcome = archive.skip(to: file) { return outcome }
        var left = turn
        while left > 0 {
            let status = archive.fill()
            let window = file.tail.length
            var consumed = 0
            archive.withContent { bytes, end in
                consumed = split(bytes, window, end, of: file, isFull: archive.isFull) - window
                file.advance(consumed, in: bytes, from: window)
            }
            archive.drop(window + consumed - file.tail.length)
            switch status {
            case .damaged: return .failed(EBADMSG)
            case .end: return .atEnd
            case .more: left -= consumed
            }
        }
        return .more
    }

    // MARK: Lines

    /// Hands on the whole lines of `bytes[start..<end]`, which begin at the file's offset; where the rest begins.
    private func split(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, of file: TailFile, isFull: Bool) -> Int
    {
        var line = start
        while line < end {
            if file.flags.contains(.insideLongLine) {
                guard let newline = newline(bytes, line, end) else { return end }
                file.flags.remove(.insideLongLine)
                line = newline + 1
                continue
            }
            if bytes[line] == 0 {
                let after = endOfZeros(bytes, line, end)
                // Zeros at the end may be data that is on its way (NFS shows them so): they wait.
                guard after < end || isFull else { return line }
                counters.add(after - line, to: .nulBytes)
                line = after
                continue
            }
            let taken = consumer.takeMany(
                bytes.extracting(line..<end),
                at: LinePlace(
                    file: file.number, source: file.source, offset: file.offset + UInt64(line - start),
                    kind: .whole))
            if taken.bytes > 0 {
                counters[.lines] &+= UInt64(taken.lines)
                counters.add(taken.content, to: .bytes)
                line += taken.bytes
                continue
            }
            guard let newline = newline(bytes, line, end) else {
                guard isFull, line == start else { return line }
                // The buffer is full and the line goes on.
                hand(bytes, line, line + TailLimits.lineBytes, file, file.offset, .cut)
                counters[.longLines] += 1
                file.flags.insert(.insideLongLine)
                return end
            }
            let last = newline > line && bytes[newline - 1] == UInt8(ascii: "\r") ? newline - 1 : newline
            let offset = file.offset + UInt64(line - start)
            if last - line > TailLimits.lineBytes {
                hand(bytes, line, line + TailLimits.lineBytes, file, offset, .cut)
                counters[.longLines] += 1
            } else {
                hand(bytes, line, last, file, offset, .whole)
            }
            line = newline + 1
        }
        return line
    }

    private func hand(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ file: TailFile, _ offset: UInt64,
        _ kind: LinePlace.Kind
    ) {
        counters[.lines] &+= 1
        counters.add(end - start, to: .bytes)
        consumer.take(
            bytes.extracting(start..<end),
            at: LinePlace(file: file.number, source: file.source, offset: offset, kind: kind))
    }

    private func newline(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let base = unsafe UnsafeRawPointer(bytes.baseAddress),
                let found = unsafe memchr(base + start, 0x0A, end - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    private func endOfZeros(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var place = start
        while place < end, bytes[place] == 0 { place += 1 }
        return place
    }

    /// After a buffer that ends in zeros: jumps to where data begins, however large the hole is.
    private func skipHole(of file: TailFile, isZero: Bool) {
        guard isZero, !file.flags.contains(.insideLongLine), let offset = Int64(exactly: file.offset) else {
            return
        }
        let data = clinux_next_data(file.descriptor, offset)
        // Short of the data by what proves the offset: those bytes are read and found to be zeros.
        guard data - Int64(TailLimits.tailBytes) > offset else { return }
        let target = UInt64(data)
        counters[.nulBytes] &+= target - file.offset
        file.offset = target
    }

    /// Bytes read from `offset` on, or -errno.
    static func read(_ descriptor: Int32, _ bytes: inout [UInt8], at offset: UInt64) -> Int {
        guard let offset = off_t(exactly: offset) else { return -Int(EOVERFLOW) }
        return unsafe bytes.withUnsafeMutableBytes { bytes in
            var done = 0
            while done < bytes.count {
                let got = unsafe pread(
                    descriptor, bytes.baseAddress! + done, bytes.count - done, offset + off_t(done))
                if got < 0 {
                    if errno == EINTR { continue }
                    return done > 0 ? done : -Int(errno)
                }
                if got == 0 { break }
                done += got
                // A file that is being written to gives what it has; more comes with the next turn.
                if done < bytes.count { break }
            }
            return done
        }
    }
}

extension ContentProof {
    /// Whether `bytes` are those that it was made of.
    func fits(_ bytes: Span<UInt8>) -> Bool {
        bytes.count == length && ContentHash(of: bytes) == hash
    }
}
