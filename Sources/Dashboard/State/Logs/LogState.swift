import Fleet
package import Telemetry

/// The lines that came of the logs that are shown, merged by time; the oldest are let go first.
package struct LogState: Sendable {
    /// Lines kept.
    package static let linesMax = 5000

    /// A line, and a number that no other has: what stays selected while lines come and go.
    package struct Entry: Hashable, Sendable {
        package let number: Int
        package let line: LogLine
    }

    package let stepMilliseconds: Int64
    /// Steps that counts are kept of.
    package let capacity: Int
    /// By time; of one time in the order in which they came.
    package private(set) var entries: [Entry] = []
    /// Lines that were let go to make room.
    package private(set) var dropped = 0
    /// Changes with every line.
    private(set) var version = 0
    private var counts: StepRing<Counts>

    /// What came in a step, by how bad it is.
    package struct Counts: Hashable, Sendable {
        /// What came as lines, and what error samples stand for: the same lines may be told both ways.
        var told = 0
        var sampled = 0
        var sampledErrors = 0
        package var warnings = 0
        var toldErrors = 0

        package var lines: Int { max(told, sampled) }
        package var errors: Int { max(toldErrors, sampledErrors) }
    }

    package init(stepMilliseconds: Int64, capacity: Int) {
        self.stepMilliseconds = max(1, stepMilliseconds)
        self.capacity = max(1, min(capacity, 2000))
        counts = StepRing(capacity: self.capacity, empty: Counts())
    }

    /// What came in a step; an error sample counts for the lines that it stands for.
    package func counts(ofStep step: Int64) -> Counts { counts[step] }

    package func step(of time: Timestamp) -> Int64 {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: stepMilliseconds)
        return remainder > 0 ? quotient + 1 : quotient
    }

    mutating func add(_ line: LogLine) {
        version += 1
        count(line)
        // A line that is shown already is not shown again as an example of its kind.
        guard line.kind != .errorSample || !isShown(line) else { return }
        if entries.count >= Self.linesMax {
            dropped += 1
            guard let oldest = entries.first, oldest.line.time <= line.time else { return }
            // Some at a time: moving five thousand for each line would be felt.
            entries.removeFirst(Self.dropCount)
            dropped += Self.dropCount - 1
        }
        let entry = Entry(number: version, line: line)
        if let last = entries.last, last.line.time > line.time {
            entries.insert(entry, at: place(of: line.time))
        } else {
            entries.append(entry)
        }
    }

    private static let dropCount = 250

    private mutating func count(_ line: LogLine) {
        let weight = line.kind == .errorSample ? max(1, line.labels["count"].flatMap(Int.init) ?? 1) : 1
        let grade = line.grade
        guard line.kind == .line else { return countSample(line, weight, isError: grade == .error) }
        counts.update(step(of: line.time)) { counts in
            counts.told = Self.sum(counts.told, weight)
            switch grade {
            case .plain: break
            case .warning: counts.warnings = Self.sum(counts.warnings, weight)
            case .error: counts.toldErrors = Self.sum(counts.toldErrors, weight)
            }
        }
    }

    /// A sample stands for lines that came in the seconds from its own on: each step gets its share of them.
    private mutating func countSample(_ line: LogLine, _ weight: Int, isError: Bool) {
        let seconds = line.labels["seconds"].flatMap(Int64.init) ?? 0
        let first = step(of: line.time)
        let last = step(
            of: line.time.advanced(byMilliseconds: max(0, min(seconds, Self.spreadSecondsMax)) * 1000))
        let steps = max(1, min(Int(clamping: last &- first) + 1, capacity))
        // Far below what times the steps would overflow, and above what any log tells in a minute.
        let lines = min(weight, 1 << 40)
        for place in 0..<steps {
            let share = lines * (place + 1) / steps - lines * place / steps
            guard share > 0 else { continue }
            counts.update(first &+ Int64(place)) { counts in
                counts.sampled = Self.sum(counts.sampled, share)
                if isError { counts.sampledErrors = Self.sum(counts.sampledErrors, share) }
            }
        }
    }

    /// Seconds that a sample may stand for.
    private static let spreadSecondsMax: Int64 = 120

    /// Whether one of the last lines is this one.
    private func isShown(_ line: LogLine) -> Bool {
        entries.suffix(Self.twinsMax).contains { entry in
            entry.line.kind == .line && entry.line.host == line.host && entry.line.text == line.text
        }
    }

    private static let twinsMax = 1000

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    /// Behind the last line that is not younger.
    private func place(of time: Timestamp) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].line.time <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
