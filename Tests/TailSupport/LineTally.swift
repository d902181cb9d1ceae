/// What was counted of numbered lines: enough to tell one lost or doubled line from none.
package struct LineTally: Equatable, Sendable, CustomStringConvertible {
    package var count: UInt64 = 0
    package var sum: UInt64 = 0
    package var squares: UInt64 = 0
    /// Lines without a number.
    package var others: UInt64 = 0

    package init() {}

    package mutating func add(_ number: UInt64) {
        count &+= 1
        sum &+= number
        squares &+= number &* number
    }

    package static func + (left: LineTally, right: LineTally) -> LineTally {
        var both = left
        both.count &+= right.count
        both.sum &+= right.sum
        both.squares &+= right.squares
        both.others &+= right.others
        return both
    }

    package var description: String { "\(count) lines, sum \(sum), squares \(squares), others \(others)" }

    package var bytes: [UInt8] {
        [count, sum, squares, others].flatMap { value in
            (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }
    }

    package init(_ bytes: Span<UInt8>) {
        func value(_ place: Int) -> UInt64 {
            guard bytes.count >= place * 8 + 8 else { return 0 }
            return (0..<8).reduce(0) { $0 | UInt64(bytes[place * 8 + $1]) << UInt64(8 * $1) }
        }
        (count, sum, squares, others) = (value(0), value(1), value(2), value(3))
    }
}
