import Telemetry

/// A histogram's state as the difference from the state that the reader has.
///
/// Counts of a cumulative histogram rise by little and in few buckets, so only the buckets that
/// changed are written. A histogram that began anew is a difference too, with negative counts.
enum HistogramCoding {
    static func write(
        _ new: ExponentialHistogram, after old: ExponentialHistogram, to writer: inout ByteWriter
    ) {
        writer.signed(Int64(bitPattern: new.zeroCount &- old.zeroCount))
        for (now, before) in [(new.sum, old.sum), (new.min, old.min), (new.max, old.max)] {
            writer.varint((now.bitPattern ^ before.bitPattern).byteSwapped)
        }
        var changed = 0
        forEachChange(from: old, to: new) { _, _ in changed += 1 }
        writer.varint(changed)
        var last: Int32 = 0
        forEachChange(from: old, to: new) { index, difference in
            writer.signed(Int64(index) - Int64(last))
            writer.signed(difference)
            last = index
        }
    }

    static func read(
        _ reader: inout ByteReader, after old: ExponentialHistogram
    ) throws(WireError) -> ExponentialHistogram {
        let zeroCount = old.zeroCount &+ UInt64(bitPattern: try reader.signed("zero count"))
        let sum = try double(&reader, "sum", after: old.sum)
        let min = try double(&reader, "min", after: old.min)
        let max = try double(&reader, "max", after: old.max)
        var buckets: [ExponentialHistogram.Bucket] = []
        var rest = old.buckets[...]
        var index: Int64 = 0
        for _ in 0..<(try reader.count("buckets", atMost: WireLimits.buckets)) {
            index = index.addingReportingOverflow(try reader.signed("bucket")).partialValue
            guard let exact = Int32(exactly: index) else { throw invalid }
            while let first = rest.first, first.index < exact {
                buckets.append(first)
                rest.removeFirst()
            }
            var count = UInt64(bitPattern: try reader.signed("bucket count"))
            if let first = rest.first, first.index == exact {
                count = first.count &+ count
                rest.removeFirst()
            }
            if count > 0 { buckets.append(.init(index: exact, count: count)) }
        }
        buckets.append(contentsOf: rest)
        guard
            let histogram = ExponentialHistogram(
                buckets: buckets, zeroCount: zeroCount, sum: sum, min: min, max: max)
        else { throw invalid }
        return histogram
    }

    private static var invalid: WireError { .invalid(kind: .tick, field: "histogram") }

    private static func double(
        _ reader: inout ByteReader, _ field: StaticString, after old: Double
    ) throws(WireError) -> Double {
        Double(bitPattern: old.bitPattern ^ (try reader.varint(field)).byteSwapped)
    }

    /// Walks both sorted lists once; `body` gets each bucket whose count differs, by rising index.
    private static func forEachChange(
        from old: ExponentialHistogram, to new: ExponentialHistogram, _ body: (Int32, Int64) -> Void
    ) {
        var (before, after) = (old.buckets[...], new.buckets[...])
        while true {
            let next: Int32
            switch (before.first?.index, after.first?.index) {
            case (nil, nil): return
            case (let index?, nil), (nil, let index?): next = index
            case (let one?, let other?): next = min(one, other)
            }
            var difference: UInt64 = 0
            if let first = after.first, first.index == next {
                difference = first.count
                after.removeFirst()
            }
            if let first = before.first, first.index == next {
                difference = difference &- first.count
                before.removeFirst()
            }
            if difference != 0 { body(next, Int64(bitPattern: difference)) }
        }
    }
}
