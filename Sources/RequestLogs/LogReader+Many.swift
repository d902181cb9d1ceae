/// What many lines are read with at once: some 17 KiB.
package struct LineScratch: ~Copyable {
    var index = LineIndex()
    var requests = QuickRequests()

    package init() {}
}

/// How many lines were taken at once, and how far that goes.
package struct LinesTaken: Sendable {
    package var lines = 0
    /// Bytes with line ends, and without them.
    package var bytes = 0
    package var content = 0

    package init() {}
}

/// Lines of the usual form are read many at a time: first where they all end, then what they say, then all of it is counted.
/// Three short loops keep the processor busier than one long one, since no line waits for the counts of the one before.
extension LogReader {
    /// Takes the whole lines in `place..<last` and moves `place` behind them; what is left is a line without an end, or one
    /// that is too long for this.
    @inline(__always)
    mutating func takeMany(
        _ bytes: Span<UInt8>, _ place: inout Int, _ last: Int, _ reader: FieldReader,
        _ scratch: inout LineScratch, _ summary: inout LogSummary
    ) {
        var content = 0
        while place < last, takeStretch(bytes, &place, last, reader, &scratch, &summary, content: &content) {}
    }

    /// Takes some of the lines that `bytes` begin with, of a file that is followed; none where the first of them has no end
    /// or begins with a NUL byte, which may be the hole of a file that is cut while it is written.
    package mutating func takeMany(
        _ bytes: Span<UInt8>, _ scratch: inout LineScratch, into summary: inout LogSummary
    ) -> LinesTaken {
        var taken = LinesTaken()
        let before = lineNumber
        if case .fields(let reader) = engine, prefix == .none, reader.quick != nil {
            _ = takeStretch(
                bytes, &taken.bytes, bytes.count, reader, &scratch, &summary, content: &taken.content,
                stopsAtHoles: true)
        } else {
            while lineNumber &- before < UInt64(LineIndex.linesMax), taken.bytes < bytes.count,
                bytes[taken.bytes] != 0
            {
                let start = taken.bytes
                let newline = bytes.firstFar(0x0A, from: start, to: bytes.count)
                guard newline < bytes.count, newline - start <= LineIndex.stretchMax else { break }
                let end = newline > start && bytes[newline - 1] == 0x0D ? newline - 1 : newline
                takeUnusual(bytes, start, end, &summary)
                taken.content += end - start
                taken.bytes = newline + 1
            }
        }
        taken.lines = Int(truncatingIfNeeded: lineNumber &- before)
        summary.lines &+= lineNumber &- before
        return taken
    }

    /// Takes the lines of one stretch; false where none ends in it.
    @_optimize(speed)
    mutating func takeStretch(
        _ bytes: Span<UInt8>, _ place: inout Int, _ last: Int, _ reader: FieldReader,
        _ scratch: inout LineScratch, _ summary: inout LogSummary, content: inout Int,
        stopsAtHoles: Bool = false
    ) -> Bool {
        guard let quick = reader.quick else { return false }
        scratch.index.find(bytes, place, last)
        guard scratch.index.lineCount > 0 else { return false }
        let origin = place
        // Colours are rare and removed from one line at a time.
        let ending = origin &+ scratch.index.line(scratch.index.lineCount &- 1).end
        let isPlain = !reader.hasColors || bytes.firstFar(0x1B, from: origin, to: ending) == ending
        var request = QuickRequest()
        for number in 0..<scratch.index.lineCount {
            let line = scratch.index.line(number)
            let newline = origin &+ line.end
            let end = newline > place && bytes[newline &- 1] == 0x0D ? newline &- 1 : newline
            // What is refused is not the request before.
            let time = request.time
            if isPlain, line.quotes == quick.quotes,
                quick.read(bytes, place, end, scratch.index, line.firstQuote, from: origin, &request)
            {
                request.start = Int32(truncatingIfNeeded: place)
                request.end = Int32(truncatingIfNeeded: end)
                scratch.requests.append(request)
            } else {
                request.time = time
                count(bytes, &scratch, &summary)
                if stopsAtHoles, bytes[place] == 0 { return true }
                takeUnusual(bytes, place, end, &summary)
            }
            content &+= end &- place
            place = newline &+ 1
        }
        count(bytes, &scratch, &summary)
        return true
    }

    @inline(never)
    private mutating func takeUnusual(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) {
        lineNumber &+= 1
        take(bytes, start, end, false, &summary)
        if summary.notable != nil { summary.keepNotable(bytes, start, end) }
    }

    /// Counts the requests that were read.
    @inline(__always)
    private mutating func count(
        _ bytes: Span<UInt8>, _ scratch: inout LineScratch, _ summary: inout LogSummary
    ) {
        guard scratch.requests.count > 0 else { return }
        misfits = 0
        lineNumber &+= UInt64(truncatingIfNeeded: scratch.requests.count)
        summary.add(&scratch.requests, in: bytes)
        scratch.requests.removeAll()
    }
}
