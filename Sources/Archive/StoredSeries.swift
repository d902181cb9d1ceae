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
    private var minute: Minute?
    private let isCounter: Bool
    private(set) var bytes = 0

    init(isCounter: Bool) {
        self.isCounter = isCounter
        coarse = Array(repeating: [], count: isCounter ? 1 : 4)
    }

    var isEmpty: Bool { fine.isEmpty && coarse.allSatisfy(\.isEmpty) && minute == nil }

    /// The time of the oldest chunk's first sample.
    var oldest: Timestamp? {
        [coarse[0].first?.firstTime, fine.first?.firstTime].compactMap(\.self).min()
    }

    /// False for a sample that does not come after the last one: it was already here.
    mutating func append(_ time: Timestamp, _ value: Double) -> Bool {
        guard Self.append(time, value, to: &fine, &bytes) else { return false }
        let number = Self.minuteNumber(time)
        if let current = minute, current.number != number { closeMinute() }
        var current = minute ?? Minute(number: number)
        current.minimum = min(current.minimum, value)
        current.maximum = max(current.maximum, value)
        current.sum += value
        current.count += 1
        current.last = value
        minute = current
        return true
    }

    /// Drops what is older than the head keeps; whole chunks only.
    mutating func expire(at now: Timestamp) {
        Self.expire(&fine, before: now.advanced(byMilliseconds: -Self.fineMilliseconds), &bytes)
        let edge = now.advanced(byMilliseconds: -Self.coarseMilliseconds)
        for stream in coarse.indices { Self.expire(&coarse[stream], before: edge, &bytes) }
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
        guard let closed = minute else { return }
        minute = nil
        let time = Timestamp(milliseconds: closed.number &* 60_000 &+ 59_999)
        let values =
            isCounter
            ? [closed.last] : [closed.minimum, closed.maximum, closed.sum / closed.count, closed.last]
        for stream in coarse.indices { _ = Self.append(time, values[stream], to: &coarse[stream], &bytes) }
    }

    private static func minuteNumber(_ time: Timestamp) -> Int64 {
        let quotient = time.milliseconds / 60_000
        return time.milliseconds < 0 ? quotient - 1 : quotient
    }

    private static func append(
        _ time: Timestamp, _ value: Double, to chunks: inout [Chunk], _ bytes: inout Int
    ) -> Bool {
        if let last = chunks.last {
            guard time > last.lastTime else { return false }
            if !last.isFull {
                let before = last.bytes
                chunks[chunks.count - 1].append(time, value)
                bytes += chunks[chunks.count - 1].bytes - before
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
