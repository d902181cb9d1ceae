/// Entries of a database's or an application's log, by severity.
package struct EntryCounts: Sendable {
    /// Names of severities that are counted apart; what else comes is counted under `other`.
    static let namesMax = 32

    package private(set) var count: UInt64 = 0
    /// ERROR and worse.
    package private(set) var errors: UInt64 = 0
    /// Entries that tell of a statement's duration.
    package private(set) var slowStatements: UInt64 = 0
    /// By rank, as `Severity.rawValue`.
    package private(set) var byRank = [7 of UInt64](repeating: 0)
    /// By the log's own words.
    package private(set) var bySeverity: [String: UInt64] = [:]

    /// Warnings and worse of one kind: alike but for numbers, ids and quoted texts.
    package struct Kind: Sendable {
        /// The log's own word for how grave it is.
        package let severity: String
        package fileprivate(set) var count: UInt64 = 0
        /// The first message of the kind without its secrets, at most `exampleMax` bytes and perhaps no UTF-8.
        package let example: [UInt8]
    }

    /// Kinds that are told apart; what else comes is in no kind.
    static let kindsMax = 256
    private static let exampleMax = 240
    private static let printMax = 512
    /// Kinds are kept, for who asks for them.
    package var keepsKinds = false
    private var kindOfPrint: [[UInt8]: Kind] = [:]

    /// The commonest first.
    package var kinds: [Kind] {
        kindOfPrint.sorted { left, right in
            left.value.count != right.value.count
                ? left.value.count > right.value.count : left.key.lexicographicallyPrecedes(right.key)
        }.map(\.value)
    }

    package init() {}

    @inline(never)
    private mutating func addKind(_ entry: EntryRecord, _ name: String, _ bytes: Span<UInt8>) {
        let message = ByteRange(
            start: entry.message.start, end: min(entry.message.end, entry.message.start + Self.printMax))
        let print = Array(name.utf8) + [0xFF] + ErrorSamples.mask(bytes, message)
        if kindOfPrint[print] == nil {
            guard kindOfPrint.count < Self.kindsMax else { return }
            let text = Redaction.redacted(bytes.extracting(message.range), max: Self.exampleMax)
            kindOfPrint[print] = Kind(severity: name, example: text)
        }
        kindOfPrint[print]?.count += 1
    }

    mutating func add(_ entry: EntryRecord, named known: String?, in bytes: Span<UInt8>) {
        count &+= 1
        byRank[Int(entry.severity.rawValue)] &+= 1
        if entry.severity >= .error { errors &+= 1 }
        if entry.duration >= 0 { slowStatements &+= 1 }
        guard known != nil || !entry.severityText.isEmpty else { return }
        let name = known ?? PathText.decoded(bytes, entry.severityText)
        let isKnown = bySeverity[name] != nil || bySeverity.count < Self.namesMax
        bySeverity[isKnown ? name : "other", default: 0] += 1
        if keepsKinds, entry.severity >= .warning, !entry.message.isEmpty { addKind(entry, name, bytes) }
    }
}

/// Lines that should have been readable and were not, by reason, each with one sample.
package struct UnparsedCounts: Sendable {
    /// Why a line is no record; the strings are the label `reason`.
    package enum Reason: String, Sendable, CaseIterable, Comparable {
        /// The line does not have the format's form.
        case mismatch
        /// The line is longer than the limit; its head was read, its tail skipped.
        case tooLong = "too_long"
        /// A run of NUL bytes, as copytruncate leaves.
        case nul
        /// A JSON object that breaks off or is none.
        case json
        /// The file ends within an entry of several lines.
        case incomplete

        package static func < (left: Reason, right: Reason) -> Bool { left.rawValue < right.rawValue }
    }

    /// A line that did not fit, for people to look at.
    package struct Sample: Sendable, Equatable {
        /// The line's number, from 1.
        package var line: UInt64
        /// The first column that did not fit, from 1.
        package var column: Int
        /// The line's first bytes.
        package var text: [UInt8]

        package init(line: UInt64, column: Int, text: [UInt8]) {
            self.line = line
            self.column = column
            self.text = text
        }
    }

    /// Bytes of a line that a sample keeps: enough for its secrets and its format to be known, whatever part of it is shown.
    package static let sampleLengthMax = 2048

    package private(set) var count: UInt64 = 0
    package private(set) var byReason: [Reason: UInt64] = [:]
    package private(set) var samples: [Reason: Sample] = [:]
    /// The first lines, whatever their reasons.
    package private(set) var first: [Sample] = []
    private static let firstMax = 5

    package init() {}

    mutating func add(
        _ reason: Reason, _ bytes: Span<UInt8>, _ start: Int, _ end: Int, offset: Int, line: UInt64
    ) {
        count &+= 1
        byReason[reason, default: 0] += 1
        guard samples[reason] == nil || first.count < Self.firstMax else { return }
        let text = bytes.array(start..<min(end, start + Self.sampleLengthMax))
        let sample = Sample(line: line, column: max(0, min(offset, end) - start) + 1, text: text)
        if samples[reason] == nil { samples[reason] = sample }
        if first.count < Self.firstMax { first.append(sample) }
    }
}
