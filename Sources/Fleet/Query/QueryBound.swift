import Text

/// The number on the right of a comparison, with its unit.
struct QueryBound: Hashable, Sendable {
    /// As written.
    let text: String
    /// In the signal's own unit: a share, bytes, seconds, things a second.
    let value: Double

    /// More digits than any value has; the rest would only be work.
    private static let digitsMax = 24

    /// Reads `60%`, `2GiB`, `10MB/s`, `10m`, `30/min`, `85C`, `4`; the error is a reason without a place.
    static func parse(_ text: String, for signal: Signal) throws(Reason) -> QueryBound {
        let (number, unit) = split(text)
        guard number.utf8.count <= digitsMax, let value = Double(number), value.isFinite else {
            throw Reason("`\(text)` is not a number; write \(signal.name) > \(signal.unit.example)")
        }
        guard let factor = signal.unit.factor(of: unit) else {
            throw Reason(refusal(number, value, unit, signal))
        }
        if signal.unit == .flag, value != 0, value != 1 {
            throw Reason("\(signal.name) is 0 or 1; write \(signal.name) == 1")
        }
        return QueryBound(text: text, value: signal.unit == .ratio ? value / 100 : value * factor)
    }

    struct Reason: Error {
        let text: String

        init(_ text: String) {
            self.text = text
        }
    }

    /// Seconds of `5m`, `90s`, `6h`, `2d`; nil where it is not a whole number with such a unit, or out of range.
    static func windowSeconds(_ text: String) -> Int64? {
        let (number, unit) = split(text)
        guard number.utf8.count <= 9, let count = Int64(number), count > 0,
            let factor = SignalUnit.seconds.factor(of: unit), factor >= 1
        else { return nil }
        let seconds = count * Int64(factor)
        return seconds <= windowSecondsMax ? seconds : nil
    }

    /// Longer than any history is kept.
    static let windowSecondsMax: Int64 = 31 * 86_400

    /// The window in its largest whole unit: `5m`, `90s`.
    static func duration(_ seconds: Int64) -> String {
        for (unit, size) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)] where seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }

    /// Whether a word begins as a number does.
    static func isNumeric(_ text: String) -> Bool {
        let (number, _) = split(text)
        return Double(number) != nil
    }

    /// The number in front and what follows it: digits with one point and a minus sign at most.
    private static func split(_ text: String) -> (number: String, unit: String) {
        let bytes = Array(text.utf8)
        var end = bytes.first == UInt8(ascii: "-") ? 1 : 0
        var points = 0
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "."), points == 0 {
                points += 1
            } else if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[end]) {
                break
            }
            end += 1
        }
        return (
            String(decoding: bytes[..<end], as: UTF8.self), String(decoding: bytes[end...], as: UTF8.self)
        )
    }

    /// What to write in place of a number whose unit is missing, misspelt or another thing's.
    private static func refusal(_ number: String, _ value: Double, _ unit: String, _ signal: Signal) -> String
    {
        let kind = "\(signal.name) is \(signal.unit.phrase)"
        if unit.isEmpty {
            guard signal.unit == .ratio else { return "\(kind): write \(number)\(signal.unit.usual)" }
            // 0.9 was surely meant as a share.
            let percent = value > 0 && value < 1 ? value * 100 : value
            let isWhole = percent == percent.rounded() && percent.magnitude < 1e9
            return "\(kind): write \(isWhole ? "\(Int64(percent))" : number)%"
        }
        if let meant = signal.unit.spelling(of: unit) { return "\(kind): write \(number)\(meant)" }
        guard
            let other = SignalUnit.allCases.first(where: { $0 != signal.unit && $0.factor(of: unit) != nil })
        else {
            return "`\(unit)` is not a unit; \(kind), write \(signal.unit.example)"
        }
        let family = signal.name.prefix { $0 != "." }
        let siblings = (Signal.catalogue + Signal.processFields)
            .filter { $0.unit == other && $0.name.prefix { $0 != "." } == family }
        let advice = EditDistance.closest(to: signal.name, among: siblings.map(\.name), within: .max)
        let sibling = advice.map { "; did you mean \($0)" } ?? ""
        return "\(kind), not \(other.phrase): write \(signal.unit.example)\(sibling)"
    }
}
