import CBytes

/// Where the lines of a stretch of the buffer end and where its quotes stand, found in one pass of 64 bytes a step.
///
/// That pass costs less than to look for each line's end alone, and the fields of a line lie between its quotes. Places
/// are offsets from where the stretch begins.
@safe struct LineIndex: ~Copyable {
    /// Bytes of a stretch; with what is found in it, it stays in the processor's first two caches until it is counted.
    static let stretchMax = 32 * 1024
    static let linesMax = 256
    private static let quotesMax = 1024
    private static let step = 64

    private(set) var lineCount = 0
    private var quoteCount = 0
    // Only this type has these addresses, from `init` to `deinit`. An array would be asked at each access whether it is
    // shared, and one within the structure is copied at each access where code is made small.
    private let quotes: UnsafeMutablePointer<UInt16>
    private let ends: UnsafeMutablePointer<UInt16>
    /// Quotes before each line's end, those of the lines before it among them.
    private let quotesBefore: UnsafeMutablePointer<UInt16>

    init() {
        unsafe quotes = .allocate(capacity: Self.quotesMax)
        unsafe ends = .allocate(capacity: Self.linesMax)
        unsafe quotesBefore = .allocate(capacity: Self.linesMax)
    }

    deinit {
        unsafe quotes.deallocate()
        unsafe ends.deallocate()
        unsafe quotesBefore.deallocate()
    }

    /// Finds what is in `start..<end`, as much of it as there is room for; the stretch then ends with its last line.
    @_optimize(speed)
    mutating func find(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        (lineCount, quoteCount) = (0, 0)
        let length = Swift.min(end, start + Self.stretchMax, bytes.count) - start
        guard start >= 0, length > 0 else { return }
        let isRoom = length <= bytes.count - start - Self.step
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = unsafe buffer.baseAddress.map({ unsafe $0 + start }) else { return }
            var (lines, found) = (0, 0)
            var offset = 0
            // Each step finds at most 64 of each, for which there is room while the condition holds.
            while offset < length, found <= Self.quotesMax - Self.step, lines <= Self.linesMax - Self.step {
                // A step that begins within the stretch ends in the buffer where `isRoom`, and else if it is whole.
                let left = length &- offset
                var marks =
                    isRoom || left >= Self.step
                    ? unsafe cbytes_line(base + offset) : unsafe Self.last(base + offset, left)
                if left < Self.step { marks &= ~(~0 &<< UInt64(truncatingIfNeeded: left)) }
                while marks != 0 {
                    let place = offset &+ marks.trailingZeroBitCount
                    marks &= marks &- 1
                    // A line end is written, too, and overwritten by the next quote.
                    unsafe quotes[found] = UInt16(truncatingIfNeeded: place)
                    if unsafe base.load(fromByteOffset: place, as: UInt8.self) == 0x0A {
                        unsafe ends[lines] = UInt16(truncatingIfNeeded: place)
                        unsafe quotesBefore[lines] = UInt16(truncatingIfNeeded: found)
                        lines &+= 1
                    } else {
                        found &+= 1
                    }
                }
                offset &+= Self.step
            }
            (lineCount, quoteCount) = (lines, found)
        }
    }

    /// The same of `count` bytes, fewer than 64, behind which the buffer ends.
    @inline(never)
    private static func last(_ base: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var copy = [64 of UInt8](repeating: 0)
        for place in 0..<count { copy[place] = unsafe base.load(fromByteOffset: place, as: UInt8.self) }
        return unsafe copy.span.withUnsafeBytes { bytes in
            unsafe bytes.baseAddress.map { unsafe cbytes_line($0) } ?? 0
        }
    }

    /// Where the line ends, and which quotes are its; `number` is below `lineCount`.
    @inline(__always)
    func line(_ number: Int) -> (end: Int, firstQuote: Int, quotes: Int) {
        guard number >= 0, number < lineCount else { return (0, 0, 0) }
        // What is below lineCount was written by the last `find`.
        let first = number == 0 ? 0 : unsafe Int(quotesBefore[number &- 1])
        return unsafe (Int(ends[number]), first, Int(quotesBefore[number]) &- first)
    }

    /// Where a quote stands; `number` is one of those that `line` gave.
    @inline(__always)
    func quote(_ number: Int) -> Int {
        guard number >= 0, number < quoteCount else { return 0 }
        return unsafe Int(quotes[number])
    }
}

/// Requests of the usual form that were read and are not counted yet.
@safe struct QuickRequests: ~Copyable {
    private(set) var count = 0
    // As in LineIndex; what is below `count` is there.
    private let requests: UnsafeMutablePointer<QuickRequest>

    init() {
        unsafe requests = .allocate(capacity: LineIndex.linesMax)
    }

    deinit { unsafe requests.deallocate() }

    var isFull: Bool { count == LineIndex.linesMax }

    mutating func removeAll() { count = 0 }

    /// Adds one where there is room.
    @inline(__always)
    mutating func append(_ request: QuickRequest) {
        guard count < LineIndex.linesMax else { return }
        unsafe (requests + count).initialize(to: request)
        count &+= 1
    }

    /// Says where a request is counted.
    @inline(__always)
    mutating func put(_ number: Int, series: Int, slot: Int) {
        precondition(number >= 0 && number < count)
        unsafe requests[number].series = Int32(truncatingIfNeeded: series)
        unsafe requests[number].slot = UInt8(truncatingIfNeeded: slot)
    }

    @inline(__always)
    subscript(place: Int) -> QuickRequest {
        get {
            precondition(place >= 0 && place < count)
            return unsafe requests[place]
        }
    }
}
