import RequestLogs

/// A whole log read at once, or in pieces, as the agent reads it.
enum Reading {
    struct Outcome {
        var summary: LogSummary
        var format: LogFormat
        var json: String { SummaryJSON.text(summary, format: format) }
    }

    /// Nil where no format fits.
    static func read(
        _ bytes: [UInt8], _ name: String = "auto", summary: LogSummary = LogSummary(), pieces: [Int] = []
    ) throws -> Outcome? {
        let sample = bytes.span.extracting(0..<min(bytes.count, Detector.sampleMax))
        let format: LogFormat
        switch try LogFormats.choice(name) {
        case .fixed(let fixed): format = fixed.fitted(to: sample)
        case .detected(let family):
            guard let best = Detector.candidates(sample, family: family).first else { return nil }
            format = best.format
        }
        var summary = summary
        var reader = LogReader(format)
        var buffer = LineBuffer()
        var start = 0
        for end in pieces.sorted() + [bytes.count] where end > start || end == bytes.count {
            var offset = start
            repeat {
                offset += buffer.append(bytes.span.extracting(0..<end), from: offset)
                reader.read(&buffer, isFinal: end == bytes.count && offset == end, into: &summary)
            } while offset < end
            start = end
        }
        return Outcome(summary: summary, format: format)
    }

    static func read(_ text: String, _ name: String = "auto") throws -> Outcome? {
        try read(Array(text.utf8), name)
    }
}
