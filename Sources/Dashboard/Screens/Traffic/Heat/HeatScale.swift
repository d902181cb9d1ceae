import Canvas
import Glibc

/// How many requests of a cell are how hot: one scale for all cells, logarithmic, so that one request is seen beside ten
/// thousand. Its top is one of 1, 2, 5, 10, 20… and moves seldom; frozen it does not move.
package struct HeatScale: Hashable, Sendable {
    /// What the hottest colour stands for, and all above it.
    package private(set) var top: UInt64 = 10
    package private(set) var isFrozen = false

    package init() {}

    package mutating func toggleFrozen() { isFrozen.toggle() }

    /// Follows the largest cell: at once where it grows, and where it shrinks when less than a quarter is used.
    package mutating func follow(_ largest: UInt64) {
        guard !isFrozen, largest > 0 else { return }
        if largest > top || largest < top / 4 { top = Self.rounded(largest) }
    }

    /// 0 to 1 for what is at least one; nil for none.
    package func share(of count: UInt64) -> Double? {
        guard count > 0 else { return nil }
        return min(1, log2(1 + Double(count)) / log2(1 + Double(top)))
    }

    /// Up to the next of 1, 2, 5, 10…, at least 10.
    package static func rounded(_ count: UInt64) -> UInt64 {
        var step: UInt64 = 10
        while step < count {
            for factor in [2, 5] as [UInt64] {
                let (scaled, overflow) = step.multipliedReportingOverflow(by: factor)
                if !overflow, scaled >= count { return scaled }
            }
            let (next, overflow) = step.multipliedReportingOverflow(by: 10)
            if overflow { return .max }
            step = next
        }
        return step
    }

    /// From little to much ink; none of them is a mark of a quantile or of a gap.
    static let ramp: [UInt32] = ".:=+*%@".unicodeScalars.map(\.value)

    /// The character of a share where colour does not tell it.
    static func character(_ share: Double) -> UInt32 {
        ramp[max(0, min(ramp.count - 1, Int(share * Double(ramp.count) - 1e-9)))]
    }
}
