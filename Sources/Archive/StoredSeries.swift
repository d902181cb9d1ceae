import Telemetry

/// How the samples of a step become one value.
package enum Aggregate: String, Sendable, CaseIterable {
    case average, minimum, maximum, last
}

/// One series of the head: an hour of samples as they came, three days of minutes.
struct StoredSeries: Sendable {
    /// What one minute was, while it lasts.
    private struct Minute: Sendable {
        var number: Int64
        var minimum = Double.infinity
        var maximum = -Double.infinity
        var sum = 0.0
        var count = 0.0
        var last = 0.0
    }

    static let fineMilliseconds: Int64 = 3_600_000
    static let coarseMilliseconds: Int64 = 72 * 3_600_000

    private var fine: [Chunk] = []
    /// By minute: minimum, maximum, average, last. Counters keep only the last value: the others say nothing.
    private var coarse: [[Chunk]]
    private var minute = Minute(number: 0)
    private var hasMinute = false
    private let isCounter: Bool
    /// Whether a value is true of the time since the value before it.
    let isRate: Bool
    private(set) var bytes = 0
    /// The time of the first sample that it ever took, kept or not.
    private(set) var began: Timestamp?

    init(isCounter: Bool, isRate: Bool = false) {
        self.isCounter = isCounter
        self.isRate = isRate
        coarse = Array(repeating: [], count: isCounter ? 1 : 4)
    }

    var isEmpty: Bool { fine.isEmpty && coarse.allSatisfy(\.isEmpty) && !hasMinute }

    /// The time of the oldest chunk's first sample.
    var oldest: Timestamp? {
        [coarse[0].first?.firstTime, fine.first?.firstTime].compactMap(\.self).min()
    }

    /// False for a sample that does not come after the last one: it was already here.
    mutating func append(_ time: Timestamp, _ value: Double) -> Bool {
        let before = fine.last?.lastTime
        guard Self.append(time, value, to: &fine, &bytes) else { return false }
        if began == nil { began = time }
        let number = Self.minuteNumber(time)
        if hasMinute, minute.number != number { closeMinute() }
        if !hasMinute {
            minute = Minute(number: number)
            hasMinute = true
        }
        // A sample that is no number is kept as it came, and says nothing of its minute.
        guard !value.isNaN else {
            if isRate, minute.count == 0 { open(minute.number) }
            return true
        }
        let weight = isRate ? Self.weight(of: time, since: before) : 1
        minute.minimum = min(minute.minimum, value)
        minute.maximum = max(minute.maximum, value)
        minute.sum += value * weight
        minute.count += weight
        minute.last = value
        return true
    }

    /// Takes the samples of an older span in, as if they had come in time; one of a time that is here is left out.
    mutating func insert(_ past: StoredSeries) {
        var past = past
        began = [began, past.began].compactMap(\.self).min()
        if past.hasMinute { past.closeMinute() }
        fine = Self.merged(fine, past.fine)
        for stream in coarse.indices { coarse[stream] = Self.merged(coarse[stream], past.coarse[stream]) }
        bytes = fine.reduce(0) { $0 + $1.bytes } + coarse.joined().reduce(0) { $0 + $1.bytes }
    }

    /// Chunks that share no time stay as they are; the others are read and written anew.
    private static func merged(_ here: [Chunk], _ past: [Chunk]) -> [Chunk] {
        guard let first = past.first?.firstTime, let last = past.last?.lastTime else { return here }
        let before = here.prefix { $0.lastTime < first }
        let after = here.drop { $0.firstTime <= last }
        let between = here.dropFirst(before.count).dropLast(after.count)
        guard !between.isEmpty else { return before + past + after }
        var samples: [(time: Timestamp, value: Double)] = []
        for chunk in between { chunk.forEach { samples.append(($0, $1)) } }
        let known = Set(samples.map(\.time))
        for chunk in past { chunk.forEach { if !known.contains($0) { samples.append(($0, $1)) } } }
        samples.sort { $0.time < $1.time }
        var chunks: [Chunk] = []
        var bytes = 0
        for sample in samples { _ = append(sample.time, sample.value, to: &chunks, &bytes) }
        return before + chunks + after
    }

    /// Forgets the samples after `time`: the host's clock was set back, and what follows is true there.
    mutating func forget(after time: Timestamp) {
        Self.forget(&fine, after: time, &bytes)
        for stream in coarse.indices { Self.forget(&coarse[stream], after: time, &bytes) }
        if hasMinute, minute.number > Self.minuteNumber(time) { hasMinute = false }
    }

    private static func forget(_ chunks: inout [Chunk], after time: Timestamp, _ bytes: inout Int) {
        while let last = chunks.last, last.lastTime > time {
            bytes -= last.bytes
            chunks.removeLast()
            guard last.firstTime <= time else { continue }
            let kept = last.prefix(through: time)
            chunks.append(kept)
            bytes += kept.bytes
        }
    }

    /// Drops what is older than the head keeps; whole chunks only.
    mutating func expire(at now: Timestamp) {
        Self.expire(&fine, before: now.advanced(byMilliseconds: -Self.fineMilliseconds), &bytes)
        let edge = now.advanced(byMilliseconds: -Self.coarseMilliseconds)
        for stream in coarse.indices { Self.expire(&coarse[stream], before: edge, &bytes) }
        // A series that ended leaves its last minute open.
        if hasMinute, minute.number < Self.minuteNumber(edge) { hasMinute = false }
    }

    /// Drops the oldest chunk of minutes, or of samples where there are no minutes.
    mutating func dropOldest() {
        if let minutes = coarse.first, !minutes.isEmpty {
            for stream in coarse.indices where !coarse[stream].isEmpty {
                bytes -= coarse[stream].removeFirst().bytes
            }
        } else if !fine.isEmpty {
            bytes -= fine.removeFirst().bytes
        }
    }

    /// Calls `body` with the values from `from` up to and with `to`: samples while the head has them, before that minutes.
    func forEach(from: Timestamp, to: Timestamp, _ aggregate: Aggregate, _ body: (Timestamp, Double) -> Void)
    {
        let fineStart = fine.first?.firstTime ?? Timestamp(milliseconds: .max)
        if from < fineStart {
            for chunk in coarse[stream(aggregate)] where chunk.lastTime >= from {
                chunk.forEach { time, value in
                    if time >= from, time <= to, time < fineStart { body(time, value) }
                }
            }
        }
        for chunk in fine where chunk.lastTime >= from && chunk.firstTime <= to {
            chunk.forEach { time, value in if time >= from, time <= to { body(time, value) } }
        }
    }

    /// Calls `body` with the average values that cover something behind `from` and up to `to`, each with the time that it
    /// covers: from the value before it on, of whichever resolution that is.
    func forEachCovered(
        from: Timestamp, to: Timestamp,
        _ body: (_ begin: Timestamp, _ end: Timestamp, _ value: Double) -> Void
    ) {
        let fineStart = fine.first?.firstTime ?? Timestamp(milliseconds: .max)
        var last: Timestamp?
        func take(_ time: Timestamp, _ value: Double) {
            defer { last = time }
            guard !value.isNaN, time > from else { return }
            let covered = Self.covered(by: time, since: last)
            body(time.advanced(byMilliseconds: -covered), time, value)
        }
        if from < fineStart {
            for chunk in coarse[stream(.average)] where chunk.lastTime >= from {
                // A minute ends with its last millisecond.
                chunk.forEach { time, value in
                    guard time < fineStart, time <= to else { return }
                    let time = time.advanced(byMilliseconds: 1)
                    if last == nil { last = time.advanced(byMilliseconds: -60_000) }
                    take(time, value)
                }
            }
            if let minute = last,
                fine.first.map({ $0.firstTime.milliseconds(since: minute) > 60_000 }) ?? false
            {
                last = nil
            }
        }
        for chunk in fine {
            guard chunk.lastTime > from, chunk.firstTime <= Self.behind(to) else {
                last = chunk.lastTime
                continue
            }
            // A value behind the end covers what lies before it.
            chunk.forEach { time, value in take(time, value) }
        }
    }

    private static func behind(_ time: Timestamp) -> Timestamp { time.advanced(byMilliseconds: coveredMax) }

    /// What one value covers at most, in milliseconds: before that was a gap.
    static let coveredMax: Int64 = 900_000
    /// What one value covers of which nothing else is known.
    private static let usualMilliseconds: Int64 = 1000

    private static func covered(by time: Timestamp, since before: Timestamp?) -> Int64 {
        guard let before else { return usualMilliseconds }
        let passed = time.milliseconds(since: before)
        return passed > 0 && passed <= coveredMax ? passed : usualMilliseconds
    }

    /// In seconds, at most the minute that it is put into.
    private static func weight(of time: Timestamp, since before: Timestamp?) -> Double {
        Double(min(60_000, covered(by: time, since: before))) / 1000
    }

    private func stream(_ aggregate: Aggregate) -> Int {
        guard !isCounter else { return 0 }
        return switch aggregate {
        case .minimum: 0
        case .maximum: 1
        case .average: 2
        case .last: 3
        }
    }

    private mutating func closeMinute() {
        hasMinute = false
        guard minute.count > 0 else { return }
        let time = Timestamp(milliseconds: minute.number &* 60_000 &+ 59_999)
        guard !isCounter else {
            _ = Self.append(time, minute.last, to: &coarse[0], &bytes)
            return
        }
        _ = Self.append(time, minute.minimum, to: &coarse[0], &bytes)
        _ = Self.append(time, minute.maximum, to: &coarse[1], &bytes)
        _ = Self.append(time, minute.sum / minute.count, to: &coarse[2], &bytes)
        _ = Self.append(time, minute.last, to: &coarse[3], &bytes)
    }

    /// Says that nothing is known of the minutes before this one that are not here.
    private mutating func open(_ number: Int64) {
        let time = Timestamp(milliseconds: number &* 60_000 &- 1)
        for stream in coarse.indices { _ = Self.append(time, .nan, to: &coarse[stream], &bytes) }
    }

    private static func minuteNumber(_ time: Timestamp) -> Int64 {
        let quotient = time.milliseconds / 60_000
        return time.milliseconds < 0 ? quotient - 1 : quotient
    }

    private static func append(
        _ time: Timestamp, _ value: Double, to chunks: inout [Chunk], _ bytes: inout Int
    ) -> Bool {
        let last = chunks.count - 1
        if last >= 0 {
            guard time > chunks[last].lastTime else { return false }
            if !chunks[last].isFull {
                // In place: a copy of the chunk would make its words be copied at each sample.
                let before = chunks[last].bytes
                chunks[last].append(time, value)
                bytes += chunks[last].bytes - before
                return true
            }
        }
        var chunk = Chunk()
        chunk.append(time, value)
        chunks.append(chunk)
        bytes += chunk.bytes
        return true
    }

    private static func expire(_ chunks: inout [Chunk], before edge: Timestamp, _ bytes: inout Int) {
        while let first = chunks.first, first.lastTime < edge {
            bytes -= first.bytes
            chunks.removeFirst()
        }
    }
}
