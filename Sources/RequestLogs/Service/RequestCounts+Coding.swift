import Telemetry

/// Counts as bytes, for the record that holds them together with the places up to which logs were read.
///
/// | bytes | what |
/// | --- | --- |
/// | 1 | 1, the version |
/// | varints | request lines, other lines, aborts, checks, slow statements |
/// | histogram | durations of statements |
/// | varint, then that many varints | entries by severity |
/// | varint, then that many varints | unparsed lines by reason |
/// | varint, then name, varint each | matches |
/// | varint, then series | series: route (length, UTF-8), method, varint codes (code, count each), histogram |
///
/// A histogram is a varint, 0 for an empty one, else the number of buckets and 1; then zero count, sum, least and
/// greatest as doubles, and for each bucket the distance of its index from the one before (zigzag) and its count. A
/// varint is LEB128 without a sign, doubles are little-endian.
extension RequestCounts {
    private static let version: UInt8 = 1
    private static let nameBytesMax = 4096

    package func append(to bytes: inout [UInt8]) {
        bytes.append(Self.version)
        for count in [requestLines, otherLines, aborts, checks, slowStatements] { put(count, &bytes) }
        put(statementLatency, &bytes)
        put(UInt64(entries.count), &bytes)
        for count in entries { put(count, &bytes) }
        put(UInt64(unparsed.count), &bytes)
        for count in unparsed { put(count, &bytes) }
        put(UInt64(matches.count), &bytes)
        for (name, count) in matches.sorted(by: { $0.key < $1.key }) {
            put(name, &bytes)
            put(count, &bytes)
        }
        let ordered = series.sorted {
            ($0.key.route, $0.key.method.rawValue) < ($1.key.route, $1.key.method.rawValue)
        }
        put(UInt64(ordered.count), &bytes)
        for one in ordered {
            put(one.key.route, &bytes)
            put(UInt64(one.key.method.rawValue), &bytes)
            put(UInt64(one.codes.count), &bytes)
            for code in one.codes.sorted(by: { $0.code < $1.code }) {
                put(UInt64(code.code), &bytes)
                put(code.count, &bytes)
            }
            put(one.latency, &bytes)
        }
    }

    /// Nil where the bytes are no counts, or of another version.
    package init?(_ bytes: Span<UInt8>) {
        self.init()
        var reader = CountsReader()
        guard bytes.count > 0, bytes[0] == Self.version else { return nil }
        reader.place = 1
        var scalars: [UInt64] = []
        for _ in 0..<5 {
            guard let count = reader.varint(bytes) else { return nil }
            scalars.append(count)
        }
        (requestLines, otherLines, aborts) = (scalars[0], scalars[1], scalars[2])
        (checks, slowStatements) = (scalars[3], scalars[4])
        guard let statements = reader.histogram(bytes), let entries = reader.varints(bytes, max: 64),
            let unparsed = reader.varints(bytes, max: 64)
        else { return nil }
        statementLatency = statements
        // A later version may know more of either.
        for (place, count) in entries.enumerated() where place < self.entries.count {
            self.entries[place] = count
        }
        for (place, count) in unparsed.enumerated() where place < self.unparsed.count {
            self.unparsed[place] = count
        }
        guard let names = reader.varint(bytes), names <= UInt64(Self.matchesMax) else { return nil }
        for _ in 0..<names {
            guard let name = reader.text(bytes, max: Self.nameBytesMax), let count = reader.varint(bytes)
            else { return nil }
            add(matches: name, count)
        }
        guard let many = reader.varint(bytes), many <= UInt64(Self.seriesMax) else { return nil }
        for _ in 0..<many { guard takeSeries(bytes, &reader) else { return nil } }
        guard reader.place == bytes.count else { return nil }
    }

    private mutating func takeSeries(_ bytes: Span<UInt8>, _ reader: inout CountsReader) -> Bool {
        guard let route = reader.text(bytes, max: Self.nameBytesMax), let method = reader.varint(bytes),
            let known = HTTPMethod(rawValue: UInt8(clamping: method)), let many = reader.varint(bytes),
            many <= UInt64(Self.codesMax) + 1
        else { return false }
        var codes: [Code] = []
        for _ in 0..<many {
            guard let code = reader.varint(bytes), code <= UInt64(Code.other),
                let count = reader.varint(bytes)
            else { return false }
            codes.append(Code(code: UInt16(code), count: count))
        }
        guard let latency = reader.histogram(bytes) else { return false }
        add(codes, latency, to: Key(route: route, method: known))
        return true
    }

    private func put(_ value: UInt64, _ bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private func put(_ text: String, _ bytes: inout [UInt8]) {
        let text = text.utf8.prefix(Self.nameBytesMax)
        put(UInt64(text.count), &bytes)
        bytes.append(contentsOf: text)
    }

    private func put(_ value: Double, _ bytes: inout [UInt8]) {
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * place))) }
    }

    private func put(_ histogram: ExponentialHistogram, _ bytes: inout [UInt8]) {
        guard histogram.count > 0 else {
            bytes.append(0)
            return
        }
        put(UInt64(histogram.buckets.count) + 1, &bytes)
        put(histogram.zeroCount, &bytes)
        for value in [histogram.sum, histogram.min, histogram.max] { put(value, &bytes) }
        var last: Int32 = 0
        for bucket in histogram.buckets {
            let distance = Int64(bucket.index) - Int64(last)
            put(UInt64(bitPattern: distance << 1 ^ distance >> 63), &bytes)
            put(bucket.count, &bytes)
            last = bucket.index
        }
    }
}

/// Reads what `RequestCounts.append` wrote, or any other bytes.
struct CountsReader {
    var place = 0

    mutating func varint(_ bytes: Span<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 64 {
            let byte = bytes[place]
            place += 1
            guard shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    mutating func varints(_ bytes: Span<UInt8>, max: UInt64) -> [UInt64]? {
        guard let many = varint(bytes), many <= max else { return nil }
        var values: [UInt64] = []
        for _ in 0..<many {
            guard let value = varint(bytes) else { return nil }
            values.append(value)
        }
        return values
    }

    mutating func bytes(_ bytes: Span<UInt8>, max: Int) -> [UInt8]? {
        guard let count = varint(bytes), count <= UInt64(max), Int(count) <= bytes.count - place else {
            return nil
        }
        defer { place += Int(count) }
        return bytes.array(place..<place + Int(count))
    }

    mutating func text(_ bytes: Span<UInt8>, max: Int) -> String? {
        self.bytes(bytes, max: max).map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func double(_ bytes: Span<UInt8>) -> Double? {
        guard place + 8 <= bytes.count else { return nil }
        defer { place += 8 }
        return Double(bitPattern: bytes.word(at: place))
    }

    mutating func histogram(_ bytes: Span<UInt8>) -> ExponentialHistogram? {
        guard let head = varint(bytes), head <= 4097 else { return nil }
        guard head > 0 else { return ExponentialHistogram() }
        guard let zeros = varint(bytes), let sum = double(bytes), let least = double(bytes),
            let greatest = double(bytes)
        else { return nil }
        var buckets: [ExponentialHistogram.Bucket] = []
        var index: Int64 = 0
        for _ in 1..<head {
            guard let coded = varint(bytes), let count = varint(bytes) else { return nil }
            let distance = Int64(bitPattern: coded >> 1) ^ -Int64(bitPattern: coded & 1)
            let (next, overflow) = index.addingReportingOverflow(distance)
            guard !overflow, let known = Int32(exactly: next) else { return nil }
            buckets.append(.init(index: known, count: count))
            index = next
        }
        return ExponentialHistogram(
            buckets: buckets, zeroCount: zeros, sum: sum, min: least, max: greatest)
    }
}
