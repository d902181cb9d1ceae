/// Bits packed into 64-bit words, highest first.
struct BitWriter: Sendable {
    private(set) var words: [UInt64] = []
    private(set) var count = 0

    /// Memory that the words take, with an array's own header.
    var bytes: Int { words.capacity * 8 + 32 }

    mutating func write(_ value: UInt64, bits: Int) {
        guard bits > 0 else { return }
        let used = count & 63
        let kept = bits == 64 ? value : value & ((1 << UInt64(bits)) - 1)
        if used == 0 { words.append(0) }
        let room = 64 - used
        if bits <= room {
            words[words.count - 1] |= kept << UInt64(room - bits)
        } else {
            words[words.count - 1] |= kept >> UInt64(bits - room)
            words.append(kept << UInt64(64 - (bits - room)))
        }
        count += bits
    }

    /// Gives back what was reserved for more.
    mutating func seal() {
        guard words.capacity > words.count else { return }
        words = [UInt64](unsafeUninitializedCapacity: words.count) { buffer, count in
            _ = buffer.initialize(fromContentsOf: words)
            count = words.count
        }
    }
}

/// Reads what a `BitWriter` wrote, in the same widths; past its end it traps.
struct BitReader {
    private let words: [UInt64]
    private var offset = 0

    init(_ writer: BitWriter) {
        words = writer.words
    }

    mutating func read(bits: Int) -> UInt64 {
        guard bits > 0 else { return 0 }
        let word = offset >> 6
        let used = offset & 63
        let room = 64 - used
        offset += bits
        let head = words[word] << UInt64(used)
        if bits <= room { return head >> UInt64(64 - bits) }
        return head >> UInt64(64 - bits) | words[word + 1] >> UInt64(128 - used - bits)
    }
}
