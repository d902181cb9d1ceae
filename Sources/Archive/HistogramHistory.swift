import Telemetry

/// What one histogram series observed, step by step: differences, so that any span is a sum. Quiet steps take nothing.
///
/// Three levels hold the same: steps as they came for 15 minutes, ten seconds for three hours, minutes for 72 hours. Each
/// has a bound in bytes, together `bytesMax`, and drops its own oldest block there.
struct HistogramHistory: Sendable {
    /// More than this a series never takes: a MiB and the block that is being filled in each level.
    static let bytesMax = 1 << 20

    private var levels = [
        HistogramLevel(stepMilliseconds: 1, keptMilliseconds: 15 * 60_000, bytesMax: bytesMax / 4),
        HistogramLevel(stepMilliseconds: 10_000, keptMilliseconds: 3 * 3_600_000, bytesMax: bytesMax / 4),
        HistogramLevel(stepMilliseconds: 60_000, keptMilliseconds: 72 * 3_600_000, bytesMax: bytesMax / 2),
    ]
    private var last = Timestamp(milliseconds: .min)

    var bytes: Int { levels.reduce(0) { $0 + $1.bytes } }
    var isEmpty: Bool { levels.allSatisfy(\.isEmpty) }
    var oldest: Timestamp? { levels.compactMap(\.oldest).min() }

    /// False for a step that does not come after the last one: it was already here.
    mutating func append(_ time: Timestamp, _ observed: ExponentialHistogram) -> Bool {
        guard time > last, observed.count > 0 else { return false }
        last = time
        for level in levels.indices { levels[level].append(time, observed) }
        return true
    }

    /// Takes the steps of an older span in; what is here of the same time stays as it is.
    mutating func insert(_ past: HistogramHistory) {
        for level in levels.indices { levels[level].insert(past.levels[level]) }
        last = max(last, past.last)
    }

    /// Forgets the steps after `time`: the host's clock was set back.
    mutating func forget(after time: Timestamp) {
        for level in levels.indices { levels[level].forget(after: time) }
        last = min(last, time)
    }

    mutating func expire(at now: Timestamp) {
        for level in levels.indices { levels[level].expire(at: now) }
    }

    /// Drops the oldest block, of minutes first: they reach back furthest.
    mutating func dropOldest() {
        guard let oldest, let level = levels.lastIndex(where: { $0.oldest == oldest }) else { return }
        levels[level].dropOldest()
    }

    /// Calls `body` with what was observed after `from` and up to `to`, nothing twice: the finest level that is whole.
    func forEach(
        from: Timestamp, to: Timestamp, _ body: (Timestamp, ExponentialHistogram) -> Void
    ) {
        var until = to
        for level in levels {
            // A whole minute, so that no step of a coarser level lies on both sides.
            let begin = level.wholeAfter
            guard begin < until else { continue }
            let lower = max(from, begin)
            if lower < until { level.forEach(after: lower, through: until, body) }
            until = begin
            guard until > from else { return }
        }
    }
}

/// One resolution of a histogram's history.
struct HistogramLevel: Sendable {
    private struct Block: Sendable {
        var first: Timestamp
        var last: Timestamp
        var count = 0
        var packed = PackedBytes()

        var bytes: Int { packed.bytes.capacity + 32 + MemoryLayout<Block>.stride }
    }

    private let stepMilliseconds: Int64
    private let keptMilliseconds: Int64
    private let bytesMax: Int
    private var blocks: [Block] = []
    /// The step that is being summed up, and its end.
    private var open: (end: Timestamp, observed: ExponentialHistogram)?
    /// What came after this whole minute is all here.
    private(set) var wholeAfter = Timestamp(milliseconds: .min)
    private var blockBytes = 0

    private static let entriesMax = 60
    /// Bytes from which on a block is full; one step may pass it by what 4,096 buckets take.
    private static let packedMax = 8192
    private static let minuteMilliseconds: Int64 = 60_000

    init(stepMilliseconds: Int64, keptMilliseconds: Int64, bytesMax: Int) {
        self.stepMilliseconds = stepMilliseconds
        self.keptMilliseconds = keptMilliseconds
        self.bytesMax = bytesMax
    }

    var bytes: Int {
        blockBytes + (open.map { $0.observed.buckets.capacity * 16 + 32 } ?? 0)
            + MemoryLayout<HistogramLevel>.stride
    }
    var isEmpty: Bool { blocks.isEmpty && open == nil }
    var oldest: Timestamp? { blocks.first?.first ?? open?.end }

    mutating func append(_ time: Timestamp, _ observed: ExponentialHistogram) {
        let end = Self.end(of: time, stepMilliseconds)
        if let before = open?.end, before < end, let done = open?.observed {
            open = nil
            write(before, done)
        }
        guard stepMilliseconds > 1 else { return write(time, observed) }
        if open == nil { open = (end, observed) } else { open?.observed.merge(observed) }
    }

    /// Puts the blocks of another level between its own; of a span that both have, its own are kept.
    mutating func insert(_ past: HistogramLevel) {
        var past = past
        if let done = past.open { past.write(done.end, done.observed) }
        let first = blocks.first?.first ?? open?.end ?? Timestamp(milliseconds: .max)
        var older: [(Timestamp, ExponentialHistogram)] = []
        var between = false
        for block in past.blocks {
            if block.last < first {
                blockBytes += block.bytes
                blocks.append(block)
            } else {
                between = true
                Self.forEach(block) { time, observed in older.append((time, observed)) }
            }
        }
        if between { rewrite(with: older) }
        blocks.sort { $0.first < $1.first }
        if !past.isEmpty { wholeAfter = min(wholeAfter, past.wholeAfter) }
        while blockBytes > bytesMax, blocks.count > 1 { dropOldest() }
    }

    /// Blocks overlap: all steps are written anew, in order, one for each time.
    private mutating func rewrite(with steps: [(Timestamp, ExponentialHistogram)]) {
        var all: [Timestamp: ExponentialHistogram] = [:]
        for (time, observed) in steps where open.map({ time < $0.end }) ?? true { all[time] = observed }
        for block in blocks { Self.forEach(block) { all[$0] = $1 } }
        blocks = []
        blockBytes = 0
        for time in all.keys.sorted() { if let observed = all[time] { write(time, observed) } }
    }

    mutating func forget(after time: Timestamp) {
        if let known = open, known.end > time { open = nil }
        while let block = blocks.last, block.last > time {
            blockBytes -= block.bytes
            blocks.removeLast()
            guard block.first <= time else { continue }
            Self.forEach(block) { if $0 <= time { write($0, $1) } }
        }
        wholeAfter = min(wholeAfter, Self.end(of: time, Self.minuteMilliseconds))
    }

    mutating func expire(at now: Timestamp) {
        let edge = now.advanced(byMilliseconds: -keptMilliseconds)
        while let first = blocks.first, first.last < edge { dropOldest() }
        if let known = open, known.end < edge { open = nil }
    }

    mutating func dropOldest() {
        guard let first = blocks.first else {
            open = nil
            return
        }
        blockBytes -= first.bytes
        blocks.removeFirst()
        wholeAfter = max(wholeAfter, Self.end(of: first.last, Self.minuteMilliseconds))
    }

    func forEach(
        after lower: Timestamp, through upper: Timestamp, _ body: (Timestamp, ExponentialHistogram) -> Void
    ) {
        for block in blocks where block.last > lower && block.first <= upper {
            Self.forEach(block) { if $0 > lower, $0 <= upper { body($0, $1) } }
        }
        if let open, open.end > lower, open.end <= upper { body(open.end, open.observed) }
    }

    /// The end of the step that holds `time`; a moment at a step's exact end belongs to it.
    private static func end(of time: Timestamp, _ step: Int64) -> Timestamp {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: step)
        let (end, overflow) = (quotient + (remainder > 0 ? 1 : 0)).multipliedReportingOverflow(by: step)
        return overflow ? time : Timestamp(milliseconds: end)
    }

    // MARK: A step: time since the one before, count of zeros, sum, min, max, buckets: count, then distance and count each

    private mutating func write(_ time: Timestamp, _ observed: ExponentialHistogram) {
        if blocks.last.map({ $0.count >= Self.entriesMax || $0.packed.bytes.count >= Self.packedMax }) ?? true
        {
            if let last = blocks.indices.last {
                let before = blocks[last].bytes
                blocks[last].packed.seal()
                blockBytes += blocks[last].bytes - before
            }
            let block = Block(first: time, last: time)
            blocks.append(block)
            blockBytes += block.bytes
        }
        let place = blocks.count - 1
        let before = blocks[place].bytes
        blocks[place].packed.append(UInt64(bitPattern: time.milliseconds &- blocks[place].last.milliseconds))
        blocks[place].packed.append(observed.zeroCount)
        for number in [observed.sum, observed.min, observed.max] { blocks[place].packed.append(number) }
        blocks[place].packed.append(UInt64(observed.buckets.count))
        var index: Int32 = 0
        for bucket in observed.buckets {
            blocks[place].packed.append(signed: Int64(bucket.index) - Int64(index))
            blocks[place].packed.append(bucket.count)
            index = bucket.index
        }
        blocks[place].last = time
        blocks[place].count += 1
        blockBytes += blocks[place].bytes - before
        while blockBytes > bytesMax, blocks.count > 1 { dropOldest() }
    }

    private static func forEach(_ block: Block, _ body: (Timestamp, ExponentialHistogram) -> Void) {
        var reader = PackedReader(block.packed.bytes)
        var time = block.first.milliseconds
        for _ in 0..<block.count {
            time &+= Int64(bitPattern: reader.next())
            let zeros = reader.next()
            let (sum, least, greatest) = (reader.nextDouble(), reader.nextDouble(), reader.nextDouble())
            var index: Int64 = 0
            var buckets: [ExponentialHistogram.Bucket] = []
            let count = Int(truncatingIfNeeded: reader.next())
            buckets.reserveCapacity(count)
            for _ in 0..<count {
                index &+= reader.nextSigned()
                buckets.append(.init(index: Int32(truncatingIfNeeded: index), count: reader.next()))
            }
            guard
                let observed = ExponentialHistogram(
                    buckets: buckets, zeroCount: zeros, sum: sum, min: least, max: greatest)
            else { continue }
            body(Timestamp(milliseconds: time), observed)
        }
    }
}
