package import Telemetry

/// One signal's recent values, one a step; a step without a value is a gap, never a zero.
///
/// Steps are whole multiples of `stepMilliseconds` since the epoch. A step's value is the average of what came in it,
/// held at a float's precision. Storage is a ring that is made with the first value.
package struct SignalHistory: Sendable {
    package let stepMilliseconds: Int64
    /// Steps kept.
    package let capacity: Int
    private var ring: [Float] = []
    /// The number of the newest step that has a value.
    private var newest: Int64 = .min
    /// Values averaged into the newest step.
    private var newestCount: Float = 0
    /// The latest value as it came, which a long step's average would hide.
    private var lastValue = Double.nan
    private var lastTime = Timestamp(milliseconds: .min)

    package init(stepMilliseconds: Int64, capacity: Int) {
        self.stepMilliseconds = max(1, stepMilliseconds)
        self.capacity = max(1, min(capacity, 20_000))
    }

    /// The step that holds `time`; a sample at a step's exact end belongs to it, as in the hub's history.
    package func step(of time: Timestamp) -> Int64 {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: stepMilliseconds)
        return remainder > 0 ? quotient + 1 : quotient
    }

    /// Takes one value in; one that is older than the ring reaches is left out.
    package mutating func append(_ time: Timestamp, _ value: Double) {
        guard value.isFinite else { return }
        if time >= lastTime {
            lastTime = time
            lastValue = value
        }
        let step = step(of: time)
        if ring.isEmpty { ring = Array(repeating: .nan, count: capacity) }
        guard newest != .min else { return start(step, value) }
        if step > newest {
            let passed = step - newest
            if passed >= Int64(capacity) {
                for place in ring.indices { ring[place] = .nan }
            } else {
                for gap in 1..<passed { ring[place(of: newest + gap)] = .nan }
            }
            start(step, value)
        } else if step == newest {
            let at = place(of: step)
            newestCount += 1
            ring[at] += (Float(value) - ring[at]) / newestCount
        } else if newest - step < Int64(capacity), ring[place(of: step)].isNaN {
            ring[place(of: step)] = Float(value)
        }
    }

    /// The value of the step that holds `time`, NaN where it is a gap.
    package func value(at time: Timestamp) -> Double {
        value(ofStep: step(of: time))
    }

    /// The newest value that is at most `steps` steps older than `time`; NaN where there is none.
    package func latest(at time: Timestamp, within steps: Int = 3) -> Double {
        if lastTime <= time, time.milliseconds(since: lastTime) / stepMilliseconds <= Int64(steps) {
            return lastValue
        }
        let last = step(of: time)
        for back in 0...Int64(max(0, steps)) {
            let value = value(ofStep: last - back)
            if !value.isNaN { return value }
        }
        return .nan
    }

    /// `count` steps, the last of them the one that holds `end`; NaN where there is a gap.
    package func values(endingAt end: Timestamp, count: Int) -> [Double] {
        let last = step(of: end)
        return (0..<Int64(max(0, count))).map { value(ofStep: last - Int64(count) + 1 + $0) }
    }

    private func value(ofStep step: Int64) -> Double {
        guard newest != .min, step <= newest, newest - step < Int64(capacity) else { return .nan }
        return Double(ring[place(of: step)])
    }

    private mutating func start(_ step: Int64, _ value: Double) {
        newest = step
        newestCount = 1
        ring[place(of: step)] = Float(value)
    }

    private func place(of step: Int64) -> Int {
        let place = Int(step % Int64(capacity))
        return place < 0 ? place + capacity : place
    }
}
