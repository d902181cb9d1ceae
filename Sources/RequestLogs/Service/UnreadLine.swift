/// A line of a service's log that fits no known form, for whoever wants to know why there are no requests.
package struct UnreadLine: Sendable, Equatable {
    package let reason: UnparsedCounts.Reason
    /// With its secrets masked, at most ``lengthMax`` bytes and perhaps no UTF-8.
    package let text: [UInt8]
    /// Bytes of `text` before the first that did not fit.
    package let fit: Int
    /// The formats that come nearest, each with the column up to which it reads the line, from 1; nil where it reads it.
    package let nearest: [(format: String, column: Int?)]

    /// Bytes of a line that are shown.
    static let lengthMax = 400

    init(_ reason: UnparsedCounts.Reason, _ sample: UnparsedCounts.Sample) {
        self.reason = reason
        let redacted = Redaction.redacted(sample.text.span, max: Self.lengthMax)
        // A secret before the column moves it.
        let before = Redaction.redacted(
            Array(sample.text.prefix(max(0, sample.column - 1))).span, max: Self.lengthMax)
        text = redacted
        fit = zip(redacted, before).prefix { $0 == $1 }.count
        nearest = Detector.nearest(to: sample.text.span).map { ($0.format.name, $0.column) }
    }

    package static func == (left: UnreadLine, right: UnreadLine) -> Bool {
        left.reason == right.reason && left.text == right.text && left.fit == right.fit
    }
}
