/// What one look by a `[probe]` found.
package struct ProbeAnswer: Sendable, Equatable {
    package var isGood = false
    /// How long it took, in nanoseconds.
    package var nanoseconds: UInt64 = 0
    /// When the server's certificate ends, in seconds since the epoch; nil where none was seen.
    package var notAfter: Int64?
    /// What the answer calls its version; empty where it names none.
    package var version = ""
    /// Why it is not good, for people.
    package var reason = ""
    /// Series that a script gave: what is behind `|` of a Nagios plugin, or OpenMetrics text.
    package var output: [UInt8] = []

    package static let textMax = 256
    /// Bytes of an answer that a child hands over.
    static let bytesMax = 70_000

    package init() {}

    static func bad(_ reason: String) -> ProbeAnswer {
        var answer = ProbeAnswer()
        answer.reason = reason
        return answer
    }

    /// As a child hands it to its parent through a pipe: numbers, version and reason on a line each, then the output.
    var bytes: [UInt8] {
        let head = "\(isGood ? 1 : 0) \(nanoseconds) \(notAfter ?? 0)"
        let lines = "\(head)\n\(Self.line(version))\n\(Self.line(reason))\n"
        return Array(lines.utf8) + output
    }

    /// nil where the child ended in the middle.
    init?(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
        guard lines.count == 4 else { return nil }
        let numbers = lines[0].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        guard numbers.count == 3, let time = UInt64(numbers[1]), let end = Int64(numbers[2]) else {
            return nil
        }
        isGood = numbers[0] == "1"
        nanoseconds = time
        notAfter = end == 0 ? nil : end
        version = String(decoding: lines[1], as: UTF8.self)
        reason = String(decoding: lines[2], as: UTF8.self)
        output = Array(lines[3])
    }

    /// On one line, and not too long.
    private static func line(_ text: String) -> String {
        let bytes = text.utf8.prefix(textMax).map { $0 < 0x20 || $0 == 0x7F ? UInt8(0x20) : $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}
