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
    private(set) var bytes = 0

    init(isCounter: Bool) {
        self.isCounter = isCounter
        coarse = Array(repeating: [], count: isCounter ? 1 : 4)
    }

    var isEmpty: Bool { fine.isEmpty && coarse.allSatisfy(\.isEmpty) && !hasMinute }

    /// The time of the oldest chunk's first sample.
    var oldest: Timestamp? {
        [coarse[0].first?.firstTime, fine.first?.firstTime].compactMap(\.self).min()
    }

    /// False for a sample that does not come after the last one: it was already here.
    mutating func append(_ time: Timestamp, _ value: Double) -> Bool {
        guard Self.append(time, value, to: &fine, &bytes) else { return false }
        let number = Self.minuteNumber(time)
        if hasMinute, minute.number != number { closeMinute() }
        if !hasMinute {
            minute = Minute(number: number)
            hasMinute = true
        }
        // A sample that is no number is kept as it came, and says nothing of its minute.
        guard !value.isNaN else { return true }
        minute.minimum = min(minute.minimum, value)
        minute.maximum = max(minute.maximum, value)
        minute.sum += value
        minute.count += 1
        minute.last = value
        return true
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
