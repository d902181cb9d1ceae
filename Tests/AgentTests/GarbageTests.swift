import Agent
import Foundation
import TestSupport
import Testing

/// Whatever the files hold, a probe gives values or an error. A container's fake /proc, a torn read and a kernel of
/// tomorrow all look like this from below.
@Suite struct `Probes over garbage` {
    private static let seed: UInt64 = 20_261_125

    @Test(arguments: 0..<12)
    func `give values or errors`(_ round: Int) throws {
        let seed = Self.seed &+ UInt64(round)
        print("probes over garbage: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let tree = try FixtureTree(procfs: "6.18", sysfs: "server")
        let probes = RecordedMachine.probes(tree)
        let bench = ProbeBench(probes, over: tree)
        // Every other round begins with a good reading, so that slots exist when the bad one comes.
        if round % 2 == 0 { try bench.tick() }
        for _ in 0..<6 {
            for file in tree.files where Int.random(in: 0..<3, using: &random) > 0 {
                let old = (FileManager.default.contents(atPath: file)).map { [UInt8]($0) } ?? []
                try Data(Mutation.next(old, &random)).write(to: URL(filePath: file))
            }
            bench.move(seconds: 60)
            for _ in 0..<11 { try bench.tick() }
            for failure in bench.failures { #expect(!"\(failure)".isEmpty) }
        }
    }
}

@Suite struct `The fuzz target of probes` {
    /// Beside the test bundle, where the build put it.
    private static var program: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "ProcFuzz").path
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: program)))
    func `holds its promises over five hundred seeded inputs`() throws {
        let result = try Program.run(Self.program, ["500", "20261125"])
        #expect(result.status == 0, "\(result.output)\(result.errors.suffix(2000))")
    }
}

/// Ways in which a file goes bad.
enum Mutation {
    static func next(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return []
        case 1:
            return (0..<Int.random(in: 1...3000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        case 2: return Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 3: return numbers(bytes, "99999999999999999999999999")
        case 4: return numbers(bytes, "18446744073709551615")
        case 5: return numbers(bytes, "-9223372036854775808")
        case 6: return lines(bytes, &random)
        default: return flipped(bytes, &random)
        }
    }

    /// Every number becomes another one.
    private static func numbers(_ bytes: [UInt8], _ number: String) -> [UInt8] {
        var result: [UInt8] = []
        var isIn = false
        for byte in bytes {
            let isDigit = (0x30...0x39).contains(byte)
            if isDigit, !isIn { result += Array(number.utf8) }
            if !isDigit { result.append(byte) }
            isIn = isDigit
        }
        return result
    }

    /// Lines are doubled, left out and exchanged.
    private static func lines(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        lines.shuffle(using: &random)
        return Array(
            (lines.dropFirst(lines.count / 4) + lines.prefix(lines.count / 2)).joined(separator: [0x0A]))
    }

    private static func flipped(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        guard !bytes.isEmpty else { return [0xFF] }
        var bytes = bytes
        for _ in 0..<max(1, bytes.count / 50) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        return bytes
    }
}
