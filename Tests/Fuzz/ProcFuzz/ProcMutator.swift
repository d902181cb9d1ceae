import TestSupport

/// Inputs for the seeded run: the recorded files with bytes, numbers and lines changed, cut, doubled or left out.
struct ProcMutator {
    private var random: SeededRandom
    private static let numbers = [
        "0", "-1", "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "99999999999999999999999999", "1e9", "0x10", "",
    ]

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func next() -> [UInt8] {
        let target = Int.random(in: 0..<(ProcOracle.targets.count + ProcOracle.pure), using: &random)
        let first = mutated(ProcOracle.example(target))
        let second = mutated(ProcOracle.example(target))
        let all = first.count + second.count
        let cut = all == 0 ? 0 : UInt8(clamping: first.count * 256 / all)
        return [UInt8(target), cut] + first + second
    }

    private mutating func mutated(_ example: [UInt8]) -> [UInt8] {
        // The recorded files are long, and their first lines tell as much as all.
        var lines = example.prefix(2500).split(separator: 0x0A, omittingEmptySubsequences: false).map {
            Array($0)
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            guard let place = lines.indices.randomElement(using: &random) else { break }
            switch Int.random(in: 0..<7, using: &random) {
            case 0: lines.remove(at: place)
            case 1: lines.insert(lines[place], at: place)
            case 2: lines.swapAt(place, lines.indices.randomElement(using: &random) ?? place)
            case 3:
                lines[place] = Array(
                    lines[place].prefix(Int.random(in: 0...lines[place].count, using: &random)))
            case 4: lines[place] = word(lines[place])
            case 5: lines = Array(lines.prefix(place))
            default: lines[place] = flipped(lines[place])
            }
        }
        return Array(lines.joined(separator: [0x0A]))
    }

    /// One word becomes another number.
    private mutating func word(_ line: [UInt8]) -> [UInt8] {
        var words = line.split(separator: 0x20, omittingEmptySubsequences: false).map { Array($0) }
        guard let place = words.indices.randomElement(using: &random) else { return line }
        words[place] = Array((Self.numbers.randomElement(using: &random) ?? "").utf8)
        return Array(words.joined(separator: [0x20]))
    }

    private mutating func flipped(_ line: [UInt8]) -> [UInt8] {
        guard let place = line.indices.randomElement(using: &random) else { return [0xFF] }
        var line = line
        line[place] = UInt8.random(in: 0...255, using: &random)
        return line
    }
}
