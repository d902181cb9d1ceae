package import RequestLogs
package import Telemetry

/// Where a line stands.
package struct LinePlace: Equatable, Sendable {
    /// How much of its line the bytes are.
    package enum Kind: Sendable {
        case whole
        /// The head of a line longer than `TailLimits.lineBytes`; the rest is never seen.
        case cut
        /// The last line of a file that is complete, without a newline.
        case unterminated
    }

    /// The reading, as in `FileMark.number`; one file's lines come in order.
    package var file: UInt64
    /// The place of the file's source in the configuration.
    package var source: Int
    /// Bytes before the line, of the uncompressed content.
    package var offset: UInt64
    package var kind: Kind
    /// When the line was written, as what carried it says; nil for a file's.
    package var time: Timestamp?

    package init(file: UInt64, source: Int, offset: UInt64, kind: Kind, time: Timestamp? = nil) {
        self.file = file
        self.source = source
        self.offset = offset
        self.kind = kind
        self.time = time
    }
}

/// Takes the lines of followed files and counts; all calls come from one thread.
///
/// Its counts and our offsets become one record. What it has counted since the last `deltasAreSaved` it must be able
/// to say again, so that a full disk delays a record and loses nothing; after a restart it is told in this order:
/// `restore(totals:)` once, `replay(deltas:)` for each later record, `restore(_:of:)` for each file with open state.
package protocol LineConsumer: AnyObject {
    /// Who hands on the lines from now on, before any other call.
    func follows(_ tails: TailSet)

    /// What time it is, before lines are handed on.
    func isAt(_ now: Timestamp)

    /// One line without its newline (or carriage return and newline).
    func take(_ line: Span<UInt8>, at place: LinePlace)

    /// Some of the whole lines that `bytes` begin with, whose ends are in `bytes`, too, and which lines they were; none
    /// where `take` shall have the first of them. A line that is longer than `TailLimits.lineBytes` or begins with a NUL
    /// byte is not taken so.
    func takeMany(_ bytes: Span<UInt8>, at place: LinePlace) -> LinesTaken

    /// No more lines come from the file: what is open ends now.
    func finish(_ file: UInt64)

    /// The line's own time, for reading back at a file's first sight; nil where it says none.
    func time(of line: Span<UInt8>, source: Int) -> Timestamp?

    /// Appends what is open for the file (a multi-line record, requests without an end), at most
    /// `WireLimits.markStateBytes`; nothing where nothing is open.
    func appendState(of file: UInt64, to bytes: inout [UInt8])

    /// Appends what was counted since the last `deltasAreSaved`.
    func appendDeltas(to bytes: inout [UInt8])

    func deltasAreSaved()

    /// Appends all that was counted since the ledger began, deltas included.
    func appendTotals(to bytes: inout [UInt8])

    func restore(totals: Span<UInt8>)
    func replay(deltas: Span<UInt8>)
    func restore(_ state: Span<UInt8>, of file: UInt64, source: Int)
}

extension LineConsumer {
    package func follows(_ tails: TailSet) {}
    package func isAt(_ now: Timestamp) {}
    package func takeMany(_ bytes: Span<UInt8>, at place: LinePlace) -> LinesTaken { LinesTaken() }
}
