/// `000000000012-1785594727000.frames`: the segment's number and the time of its first byte in milliseconds.
///
/// The number orders segments even when the clock was set back; the time lets a reader skip what it does not want.
package struct SegmentName: Hashable, Comparable, Sendable {
    package let number: UInt64
    package let milliseconds: Int64

    package init(number: UInt64, milliseconds: Int64) {
        self.number = number
        self.milliseconds = max(0, milliseconds)
    }

    package init?(_ name: String) {
        let ending = ".frames"
        guard name.hasSuffix(ending) else { return nil }
        let parts = name.dropLast(ending.utf8.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 12, let number = UInt64(parts[0]),
            let milliseconds = Int64(parts[1]), milliseconds >= 0
        else { return nil }
        self.number = number
        self.milliseconds = milliseconds
    }

    package var text: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 12 - digits.utf8.count))
            + "\(digits)-\(milliseconds).frames"
    }

    package static func < (left: SegmentName, right: SegmentName) -> Bool { left.number < right.number }
}
