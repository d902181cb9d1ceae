import TestSupport

/// Inputs for the seeded run: what terminals send, joined, with a few bytes changed, cut, doubled or moved.
struct InputMutator {
    private static let pieces: [[UInt8]] = [
        "j", "é", "文", "\u{1B}", "\u{1B}\u{1B}", "\u{1B}[A", "\u{1B}OA", "\u{1B}[1;5A", "\u{1B}[3$",
        "\u{1B}[[B",
        "\u{1B}[27;5;97~", "\u{1B}[97;5u", "\u{1B}[<0;10;20M", "\u{1B}[<64;1;1m", "\u{1B}[M !!",
        "\u{1B}[35;10;10M",
        "\u{1B}[200~pasted\r\ntext\u{1B}[201~", "\u{1B}[200~", "\u{1B}[201~", "\u{1B}[I", "\u{1B}[O",
        "\u{1B}[?62;4c",
        "\u{1B}[24;80R", "\u{1B}]11;rgb:0/0/0\u{7}", "\u{1B}]11;rgb:0/0/0\u{1B}\\", "\u{1B}P1$r0m\u{1B}\\",
        "\u{3}", "\r", "\u{7F}",
        "\u{1B}[99999999999999999999;9u", "\u{1B}x",
    ].map { Array($0.utf8) }

    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// The first byte chooses the split, as in the oracle.
    mutating func next() -> [UInt8] {
        var bytes = [UInt8.random(in: 0...255, using: &random)]
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            bytes += Self.pieces.randomElement(using: &random) ?? []
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = [0x1B, 0x5B, 0x80, 0x9B, 0xFF, 0x18].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 2))
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 7)], at: place)
        default: bytes.removeSubrange(place...)
        }
    }
}
