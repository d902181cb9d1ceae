import Glibc
import Telemetry
import Text

/// The rows of the heatmap: bands of durations, each so many times as long as the one below. Their bounds are bounds of
/// histogram buckets, so what a cell counts is exact.
///
///     row `rows - 1`    1.00 s     32 buckets a row double from row to row; the outermost rows hold what is beyond, too
///     …
///     row 0             15.6 ms
package struct LatencyBands: Hashable, Sendable {
    /// Buckets of a row.
    package private(set) var bucketsPerRow: Int32 = 32
    /// The row at the bottom, counted in bands from one second.
    private(set) var lowest: Int32 = -6
    package private(set) var rows = 0
    /// The buckets that were to be shown.
    private(set) var wanted: ClosedRange<Int32> = 0...0

    /// From a quarter of a doubling to more than everything in one row.
    private static let sizes: [Int32] = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]

    init() {}

    package init(_ wanted: ClosedRange<Int32>, rows: Int) {
        self.rows = max(0, rows)
        self.wanted = wanted
        guard rows > 0 else { return }
        bucketsPerRow = Self.sizes.first { Self.needed(wanted, $0) <= rows } ?? 4096
        // Half of the rows that are left are below, so that what grows and what shrinks have room.
        let spare = rows - Self.needed(wanted, bucketsPerRow)
        lowest = Self.band(wanted.lowerBound, bucketsPerRow) - Int32(clamping: max(0, spare) / 2)
    }

    /// Whether these rows do for other buckets too: they are all there, and have half of the rows at least.
    package func suffices(for other: ClosedRange<Int32>, rows: Int) -> Bool {
        guard self.rows == rows, rows > 0 else { return false }
        let low = Self.band(other.lowerBound, bucketsPerRow)
        let high = Self.band(other.upperBound, bucketsPerRow)
        guard low >= lowest, high < lowest + Int32(clamping: rows) else { return false }
        return 2 * Self.needed(other, bucketsPerRow) >= rows || bucketsPerRow == Self.sizes[0]
    }

    /// The row of a bucket; what is beyond is in the outermost ones.
    package func row(of bucket: Int32) -> Int {
        max(0, min(rows - 1, Int(Self.band(bucket, bucketsPerRow) - lowest)))
    }

    /// The buckets of a row, all that are beyond it for the outermost ones.
    package func buckets(ofRow row: Int) -> Range<Int32> {
        let band = lowest + Int32(clamping: row)
        let low = row <= 0 ? Int32.min : band * bucketsPerRow + 1
        let high = row >= rows - 1 ? Int32.max : (band + 1) * bucketsPerRow + 1
        return low..<high
    }

    /// The duration at a row's lower edge, in seconds.
    package func seconds(atRow row: Int) -> Double {
        exp2(
            Double(lowest + Int32(clamping: row)) * Double(bucketsPerRow)
                / ExponentialHistogram.bucketsPerDoubling)
    }

    /// `250ms`, `1s`, the lower edge of a row; of the lowest, which has all that is below, `<977us`.
    func label(ofRow row: Int) -> SafeText {
        row == 0 ? "<\(Self.label(seconds(atRow: 1)))" : Self.label(seconds(atRow: row))
    }

    /// Short, since edges are powers of two: `4 s`, `500ms`, `62ms`, `977us`.
    static func label(_ seconds: Double) -> SafeText {
        switch seconds {
        case ..<0.000_999_5: "\(Format.number(seconds * 1e6))us"
        case ..<0.999_5: "\(Format.number(seconds * 1e3))ms"
        case ..<119.5: "\(Format.number(seconds))s"
        default: Format.age(seconds)
        }
    }

    private static func needed(_ range: ClosedRange<Int32>, _ size: Int32) -> Int {
        Int(band(range.upperBound, size) - band(range.lowerBound, size)) + 1
    }

    /// Bucket i holds values above 2^((i-1)/32): bands begin one behind the multiples of their size.
    private static func band(_ bucket: Int32, _ size: Int32) -> Int32 {
        let index = max(ExponentialHistogram.indexRange.lowerBound, bucket) - 1
        return index >= 0 ? index / size : -((size - 1 - index) / size)
    }
}
