package import Telemetry

/// Samples of one series in order of time, compressed: delta of delta for times, XOR for values.
///
/// The coding is that of Gorilla (Pelkonen and others, VLDB 2015), with milliseconds for times. A sample that
/// comes at the usual distance with the usual value takes two bits.
package struct Chunk: Sendable {
    package static let samplesMax = 120

    package private(set) var count = 0
    package private(set) var firstTime = Timestamp(milliseconds: 0)
    package private(set) var lastTime = Timestamp(milliseconds: 0)
    private var bits = BitWriter()
    private var lastDelta: Int64 = 0
    private var lastValue: UInt64 = 0
    /// Leading zeros and meaningful bits of the last XOR that was written with its own window.
    private var leading = 64
    private var meaningful = 0

    package init() {}

    package var isFull: Bool { count == Self.samplesMax }

    /// Memory that it takes.
    package var bytes: Int { bits.bytes + MemoryLayout<Chunk>.stride }

    /// Appends one sample; false, and nothing is changed, where its time does not come after the last one.
    @discardableResult
    package mutating func append(_ time: Timestamp, _ value: Double) -> Bool {
        if count == 0 {
            firstTime = time
            bits.write(UInt64(bitPattern: time.milliseconds), bits: 64)
            bits.write(value.bitPattern, bits: 64)
        } else {
            guard time > lastTime else { return false }
            // Wraps, as reading does: two times may lie further apart than a distance can say.
            let delta = time.milliseconds &- lastTime.milliseconds
            writeTime(delta &- lastDelta)
            writeValue(value.bitPattern ^ lastValue)
            lastDelta = delta
        }
        lastTime = time
        lastValue = value.bitPattern
        count += 1
        if isFull { bits.seal() }
        return true
    }

    /// The samples up to and with `time`, in a chunk of their own.
    package func prefix(through time: Timestamp) -> Chunk {
        var kept = Chunk()
        forEach { if $0 <= time { kept.append($0, $1) } }
        return kept
    }

    /// The samples in order.
    package func forEach(_ body: (Timestamp, Double) -> Void) {
        guard count > 0 else { return }
        var reader = BitReader(bits)
        var time = Int64(bitPattern: reader.read(bits: 64))
        var value = reader.read(bits: 64)
        var delta: Int64 = 0
        var leading = 64
        var meaningful = 0
        body(Timestamp(milliseconds: time), Double(bitPattern: value))
        for _ in 1..<count {
            delta &+= Self.readTime(&reader)
            time &+= delta
            value ^= Self.readValue(&reader, &leading, &meaningful)
            body(Timestamp(milliseconds: time), Double(bitPattern: value))
        }
    }

    // MARK: Times: 0 same distance; 10 and 7 bits; 110 and 14 bits; 1110 and 24 bits; 1111 and 64 bits

    private mutating func writeTime(_ change: Int64) {
        switch change {
        case 0: bits.write(0, bits: 1)
        case -64...63:
            bits.write(0b10, bits: 2)
            bits.write(UInt64(bitPattern: change), bits: 7)
        case -8192...8191:
            bits.write(0b110, bits: 3)
            bits.write(UInt64(bitPattern: change), bits: 14)
        case -8_388_608...8_388_607:
            bits.write(0b1110, bits: 4)
            bits.write(UInt64(bitPattern: change), bits: 24)
        default:
            bits.write(0b1111, bits: 4)
            bits.write(UInt64(bitPattern: change), bits: 64)
        }
    }

    private static func readTime(_ reader: inout BitReader) -> Int64 {
        if reader.read(bits: 1) == 0 { return 0 }
        if reader.read(bits: 1) == 0 { return signed(reader.read(bits: 7), 7) }
        if reader.read(bits: 1) == 0 { return signed(reader.read(bits: 14), 14) }
        if reader.read(bits: 1) == 0 { return signed(reader.read(bits: 24), 24) }
        return Int64(bitPattern: reader.read(bits: 64))
    }

    private static func signed(_ value: UInt64, _ bits: Int) -> Int64 {
        Int64(bitPattern: value << UInt64(64 - bits)) >> Int64(64 - bits)
    }

    // MARK: Values: 0 same; 10 in the last window; 11 with six bits of leading zeros and six of length less one

    private mutating func writeValue(_ change: UInt64) {
        guard change != 0 else { return bits.write(0, bits: 1) }
        let zeros = change.leadingZeroBitCount
        let length = 64 - zeros - change.trailingZeroBitCount
        let fits = zeros >= leading && zeros + length <= leading + meaningful
        if fits, meaningful - length < 12 {
            bits.write(0b10, bits: 2)
            bits.write(change >> UInt64(64 - leading - meaningful), bits: meaningful)
        } else {
            bits.write(0b11, bits: 2)
            bits.write(UInt64(zeros), bits: 6)
            bits.write(UInt64(length - 1), bits: 6)
            bits.write(change >> UInt64(change.trailingZeroBitCount), bits: length)
            leading = zeros
            meaningful = length
        }
    }

    private static func readValue(_ reader: inout BitReader, _ leading: inout Int, _ meaningful: inout Int)
        -> UInt64
    {
        if reader.read(bits: 1) == 0 { return 0 }
        if reader.read(bits: 1) == 1 {
            leading = Int(reader.read(bits: 6))
            meaningful = Int(reader.read(bits: 6)) + 1
        }
        return reader.read(bits: meaningful) << UInt64(64 - leading - meaningful)
    }
}
