package import Agent
package import Telemetry

/// Counts lines that begin with their number, as `42 anything`.
///
/// With `holdsOpen` a line counts when the next one of its file comes, as a multi-line record would: what is
/// held is the file's open state.
package final class CountingConsumer: LineConsumer {
    package private(set) var totals = LineTally()
    private var deltas = LineTally()
    private var held: [UInt64: UInt64] = [:]
    private let holdsOpen: Bool
    /// Every number in order, where a test wants to see them.
    package private(set) var numbers: [UInt64] = []
    package var keepsNumbers = false
    package private(set) var kinds: [LinePlace.Kind: Int] = [:]
    package private(set) var longest = 0
    package private(set) var lastLine: [UInt8] = []
    package private(set) var lastOffset: UInt64 = 0
    package private(set) var finished = 0

    package init(holdsOpen: Bool = false) {
        self.holdsOpen = holdsOpen
    }

    package func take(_ line: Span<UInt8>, at place: LinePlace) {
        kinds[place.kind, default: 0] += 1
        longest = max(longest, line.count)
        lastOffset = place.offset
        if keepsNumbers {
            lastLine.removeAll(keepingCapacity: true)
            for index in line.indices.prefix(4096) { lastLine.append(line[index]) }
        }
        guard let number = Self.number(line) else {
            totals.others &+= 1
            deltas.others &+= 1
            return
        }
        if holdsOpen {
            release(place.file)
            held[place.file] = number
        } else {
            count(number)
        }
    }

    package func finish(_ file: UInt64) { release(file) }

    private func release(_ file: UInt64) {
        if let number = held.removeValue(forKey: file) { count(number) }
    }

    private func count(_ number: UInt64) {
        totals.add(number)
        deltas.add(number)
        if keepsNumbers { numbers.append(number) }
    }

    /// What is counted and what is held.
    package var all: LineTally {
        var all = totals
        for number in held.values { all.add(number) }
        return all
    }

    /// `42 t=1785594727000 …`: the second word is the line's time.
    package func time(of line: Span<UInt8>, source: Int) -> Timestamp? {
        var place = 0
        while place < line.count, line[place] != UInt8(ascii: "t") { place += 1 }
        guard place + 2 < line.count, line[place + 1] == UInt8(ascii: "=") else { return nil }
        return Self.number(line, from: place + 2).map { Timestamp(milliseconds: Int64(clamping: $0)) }
    }

    package func appendState(of file: UInt64, to bytes: inout [UInt8]) {
        guard let number = held[file] else { return }
        for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))) }
    }

    package func restore(_ state: Span<UInt8>, of file: UInt64, source: Int) {
        held[file] = (0..<min(8, state.count)).reduce(0) { $0 | UInt64(state[$1]) << UInt64(8 * $1) }
    }

    package func appendDeltas(to bytes: inout [UInt8]) { bytes += deltas.bytes }
    package func deltasAreSaved() { deltas = LineTally() }
    package func appendTotals(to bytes: inout [UInt8]) { bytes += totals.bytes }
    package func restore(totals: Span<UInt8>) { self.totals = LineTally(totals) }
    package func replay(deltas: Span<UInt8>) { totals = totals + LineTally(deltas) }

    private static func number(_ line: Span<UInt8>, from start: Int = 0) -> UInt64? {
        var place = start
        var value: UInt64 = 0
        while place < line.count, line[place] >= 0x30, line[place] <= 0x39 {
            value = value &* 10 &+ UInt64(line[place] - 0x30)
            place += 1
        }
        guard place > start, place == line.count || line[place] == 0x20 else { return nil }
        return value
    }
}
