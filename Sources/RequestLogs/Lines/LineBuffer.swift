/// The bytes between a file and its lines: filled at the end, taken from the front, moved together when full.
///
/// A line is never longer than `lineMax`: the buffer holds that much and more, so a line that does not end in it has
/// its head read and its tail skipped, wherever the reads happened to be cut.
package struct LineBuffer: Sendable {
    /// The longest line that is read whole.
    package static let lineMax = 256 * 1024
    /// The most that is read at once: it stays in the processor's second cache until its lines are taken.
    package static let readMax = 128 * 1024
    private static let slack = 16

    private var storage: [UInt8]
    private var first = 0
    private var last = 0
    /// Within the tail of a line that was too long.
    private var isSkipping = false

    package init(capacity: Int = 512 * 1024) {
        storage = [UInt8](
            repeating: 0, count: Swift.max(capacity, Self.lineMax + 2 * Self.readMax) + Self.slack)
    }

    package var count: Int { last - first }

    /// Lets `read` fill free space, which is never empty; it gives the number of bytes it put there, or a negative
    /// number that is given back.
    package mutating func fill(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        makeRoom()
        let (start, end) = (last, Swift.min(last + Self.readMax, storage.count - Self.slack))
        let got = unsafe storage.withUnsafeMutableBytes { buffer in
            // last < storage.count - slack after makeRoom, so the range is within and not empty.
            unsafe read(UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end]))
        }
        if got > 0 { last += Swift.min(got, end - start) }
        return got
    }

    /// Appends as many of the bytes from `offset` on as there is room for, and gives how many.
    package mutating func append(_ bytes: Span<UInt8>, from offset: Int) -> Int {
        makeRoom()
        let taken = Swift.min(bytes.count - offset, storage.count - Self.slack - last)
        for place in 0..<taken { storage[last + place] = bytes[offset + place] }
        last += taken
        return taken
    }

    private mutating func makeRoom() {
        // A short rest costs little to move and keeps the same few pages in use; a long one waits until it must.
        guard first > 0, last - first < 4096 || storage.count - Self.slack - last < Self.readMax else {
            return
        }
        let kept = last - first
        unsafe storage.withUnsafeMutableBytes { buffer in
            // Both ranges lie within 0..<last.
            unsafe buffer.baseAddress?.copyMemoryMoving(from: first, count: kept)
        }
        first = 0
        last = kept
    }

    /// Hands every whole line to `take`: the buffer, the line's start and end without its line end, and whether it
    /// was cut because it was too long. `isFinal` hands out what is left as a line, too.
    ///
    /// Before a line is looked for `takeMany` may take any number of them: it moves the place behind those that it took.
    @inline(__always)
    package mutating func forEachLine(
        isFinal: Bool, takeMany: (Span<UInt8>, inout Int, _ end: Int) -> Void = { _, _, _ in },
        _ take: (Span<UInt8>, _ start: Int, _ end: Int, _ isCut: Bool) -> Void
    ) {
        var (place, isSkipping) = (first, isSkipping)
        let end = last
        Self.lines(storage.span, &place, end, &isSkipping, isFinal, takeMany, take)
        // What comes after the end is another log.
        self.isSkipping = isSkipping && !isFinal
        (first, last) = place == end ? (0, 0) : (place, end)
    }

    @inline(__always)
    private static func lines(
        _ bytes: Span<UInt8>, _ place: inout Int, _ last: Int, _ isSkipping: inout Bool, _ isFinal: Bool,
        _ takeMany: (Span<UInt8>, inout Int, _ end: Int) -> Void,
        _ take: (Span<UInt8>, _ start: Int, _ end: Int, _ isCut: Bool) -> Void
    ) {
        while place < last {
            if !isSkipping {
                takeMany(bytes, &place, last)
                if place == last { return }
            }
            let end = bytes.firstFar(0x0A, from: place, to: last)
            if isSkipping {
                isSkipping = end == last
                place = Swift.min(end + 1, last)
                continue
            }
            if end - place > lineMax {
                take(bytes, place, place + lineMax, true)
                isSkipping = end == last
                place = Swift.min(end + 1, last)
                continue
            }
            if end == last, !isFinal { return }
            let isCarriage = end > place && bytes[end - 1] == 0x0D
            take(bytes, place, isCarriage ? end - 1 : end, false)
            place = Swift.min(end + 1, last)
        }
    }

    /// What is in the buffer, for who must look before lines are taken.
    package func peek<Result>(_ look: (Span<UInt8>) -> Result) -> Result {
        look(storage.span.extracting(first..<last))
    }
}

extension UnsafeMutableRawPointer {
    /// Moves `count` bytes from offset `from` to the front; the caller has proven both ranges.
    @unsafe fileprivate func copyMemoryMoving(from: Int, count: Int) {
        unsafe copyMemory(from: self + from, byteCount: count)
    }
}
