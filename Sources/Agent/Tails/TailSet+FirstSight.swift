import CLinux
import Glibc
import Telemetry

/// Where a file that nobody has read is begun.
extension TailSet {
    private static let probeBytes = 1 << 16

    /// What reading back may take in all, where nobody waits for it on a thread of its own.
    package struct ReadBackAllowance {
        /// The half of what is left goes to one file, and all of it where there is one only.
        package var bytes = TailLimits.readBackBytes
        /// Of CPU, to find where to begin.
        package var nanoseconds: UInt64 = 50_000_000

        package init() {}
    }

    /// Goes to the end of what waits to be read, but of compressed files.
    package func passOverDue() {
        for file in due where file.compression == .none && file.size > file.offset {
            guard file.open() == 0 else { continue }
            let place = lineStart(in: file, before: file.size)
            if place > file.offset {
                counters[.passedBytes] &+= place - file.offset
                file.seek(to: place)
                noteChange(file)
            }
            if !file.isTracked { file.close() }
        }
    }

    func placeAtFirstSight(_ file: TailFile) {
        let start = sources[file.source].start
        if start == .beginning { return }
        guard file.open() == 0 else {
            failed(file, EACCES)
            return
        }
        defer { if !file.isTracked { file.close() } }
        let place: UInt64
        switch start {
        case .beginning: return
        case .end: place = lineStart(in: file, before: file.size)
        case .readBack(let seconds): place = allowedReadBack(file, seconds)
        }
        guard place > 0 else { return }
        file.seek(to: place)
        counters[.passedBytes] &+= file.offset
        noteChange(file)
    }

    private func allowedReadBack(_ file: TailFile, _ seconds: Int64) -> UInt64 {
        guard let allowance = readBackAllowance else {
            return readBack(file, seconds, bytesMax: TailLimits.readBackBytes)
        }
        guard allowance.bytes > 0, allowance.nanoseconds > 0 else {
            return lineStart(in: file, before: file.size)
        }
        let started = clinux_thread_cpu()
        let isAlone =
            sources.count == 1 && sources[0].paths.count == 1 && !NamePattern(sources[0].paths[0]).isPattern
        let place = readBack(
            file, seconds, bytesMax: isAlone ? allowance.bytes : max(1 << 20, allowance.bytes / 2))
        let (bytes, spent) = (file.size > place ? file.size - place : 0, clinux_thread_cpu() &- started)
        readBackAllowance?.bytes -= min(bytes, allowance.bytes)
        readBackAllowance?.nanoseconds -= min(spent, allowance.nanoseconds)
        return place
    }

    /// The first line whose own time is at most so many seconds ago, found by halving; at most so many bytes back.
    private func readBack(_ file: TailFile, _ seconds: Int64, bytesMax: UInt64) -> UInt64 {
        let (back, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let border = now.wall.advanced(byMilliseconds: overflow ? .min : -back)
        let size = file.size
        let first = size > bytesMax ? size - bytesMax : 0
        let start = first == 0 ? 0 : lineStart(in: file, after: first)
        guard let earliest = timedLine(in: file, from: start, until: size) else {
            // Its lines say no time. A file that was born since then holds nothing older.
            let birth = birth(of: file)
            let isYoung = birth > 0 && birth / 1_000_000 >= border.milliseconds
            return isYoung ? start : lineStart(in: file, before: size)
        }
        if earliest.time >= border { return start }
        var (low, high) = (earliest.place, size)
        while high - low > UInt64(Self.probeBytes) {
            let middle = low + (high - low) / 2
            let from = lineStart(in: file, after: middle)
            guard from < high, let line = timedLine(in: file, from: from, until: high), line.time < border
            else {
                high = middle
                continue
            }
            low = line.place
        }
        var place = low
        while let line = timedLine(in: file, from: place, until: size), line.time < border {
            place = line.end
            if place >= size { break }
        }
        return min(place, lineStart(in: file, before: size))
    }

    private func birth(of file: TailFile) -> Int64 {
        var facts = clinux_facts()
        return unsafe clinux_facts(file.descriptor, &facts) == 0 ? facts.birth : 0
    }

    /// The first line at or after `from` (a line's beginning) that says a time.
    private func timedLine(
        in file: TailFile, from: UInt64, until limit: UInt64
    ) -> (place: UInt64, end: UInt64, time: Timestamp)? {
        var bytes = [UInt8](repeating: 0, count: Self.probeBytes * 2)
        let got = LineReader.read(file.descriptor, &bytes, at: from)
        var start = 0
        while start < got, from + UInt64(start) < limit {
            guard let newline = bytes[start..<got].firstIndex(of: 0x0A) else { return nil }
            let last = newline > start && bytes[newline - 1] == 0x0D ? newline - 1 : newline
            if let time = consumer.time(of: bytes.span.extracting(start..<last), source: file.source) {
                return (from + UInt64(start), from + UInt64(newline) + 1, time)
            }
            start = newline + 1
        }
        return nil
    }

    /// Where the first line after `place` begins, or `place` itself where none does near it.
    private func lineStart(in file: TailFile, after place: UInt64) -> UInt64 {
        var bytes = [UInt8](repeating: 0, count: Self.probeBytes)
        let got = LineReader.read(file.descriptor, &bytes, at: place)
        guard got > 0, let newline = bytes[0..<got].firstIndex(of: 0x0A) else { return place }
        return place + UInt64(newline) + 1
    }

    /// Where the line begins that `end` ends or cuts: what is not whole yet is read when it is.
    private func lineStart(in file: TailFile, before end: UInt64) -> UInt64 {
        let count = Int(min(end, UInt64(Self.probeBytes)))
        var bytes = [UInt8](repeating: 0, count: count)
        let got = LineReader.read(file.descriptor, &bytes, at: end - UInt64(count))
        guard got > 0, let newline = bytes[0..<got].lastIndex(of: 0x0A) else { return end - UInt64(count) }
        return end - UInt64(count) + UInt64(newline) + 1
    }
}
