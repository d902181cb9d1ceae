import Telemetry

/// The logs of one service as they grow: takes their lines one at a time and keeps counters for ever.
///
/// Each file has a `LogReader` of its own, since what is open in one has nothing to do with another; routes are learned
/// over all of them. Nothing here knows the time: who owns it calls `settle` once a second.
package struct ServiceLog: Sendable {
    package struct Options: Sendable {
        package var routes: [RoutePattern] = []
        package var ignored: [IgnoredRequest] = []
        /// Requests that take this long are shown as samples.
        package var slowNanoseconds: Int64 = 1_000_000_000
        /// Lines that contain `text` are counted under `name`.
        package var matches: [(name: String, text: [UInt8])] = []
        /// For times without a zone, and the year for those without one.
        package var zone = ZoneRules.utc
        package var year = 1970

        package init() {}
    }

    /// All that was counted, and what of it was not recorded yet.
    package private(set) var totals = RequestCounts()
    package private(set) var unsaved = RequestCounts()
    /// One line for each reason for which lines could not be read, the first of its kind.
    package private(set) var unparsedSamples: [UnparsedCounts.Reason: UnparsedCounts.Sample] = [:]
    /// Milliseconds since 1970 of the latest request or entry that had a time.
    package private(set) var lastTime: Int64?

    /// A line as it came, to be shown to whoever looks now.
    package struct ShownLine: Sendable, Equatable {
        /// The file, as its owner numbers files.
        package let file: UInt64
        /// `none` where the line is a request, or says none.
        package let severity: Severity
        /// Of a request that failed or was slow; 0 otherwise.
        package let status: UInt16
        /// With its secrets masked, at most `ErrorSamples.textMax` bytes and perhaps no UTF-8.
        package let text: [UInt8]
    }

    /// Lines that `takeLines` gives at most; those that come behind them are passed over.
    package static let shownLinesMax = 100
    /// Whether somebody looks; while nobody does, no line is kept.
    package var isShowingLines = false {
        didSet { if !isShowingLines { shownLines = [] } }
    }
    private var shownLines: [ShownLine] = []

    /// What came since the last `settle`.
    private var recent: LogSummary
    private var recentMatches: [UInt64]
    private let matches: [(name: String, text: [UInt8])]
    private var samples = ErrorSamples()

    package init(_ options: Options = Options()) {
        recent = LogSummary(routePatterns: options.routes, ignored: options.ignored)
        recent.clock.zone = options.zone
        recent.clock.year = options.year
        recent.keepsNotable = true
        recent.slowNanoseconds = max(1, options.slowNanoseconds)
        // A text of nothing would be in every line.
        matches = options.matches.filter { !$0.text.isEmpty }
        recentMatches = matches.map { _ in 0 }
    }

    /// Counts one line, without its line end, of the file that `reader` reads and the owner calls `file`; `isCut` where
    /// the line was too long and its tail was skipped.
    package mutating func take(
        _ line: Span<UInt8>, isCut: Bool = false, file: UInt64, by reader: inout LogReader
    ) {
        for place in matches.indices where line.find(matches[place].text, from: 0, to: line.count) != nil {
            recentMatches[place] &+= 1
        }
        if isShowingLines, shownLines.count < Self.shownLinesMax {
            takeShown(line, isCut, file, &reader)
        } else {
            reader.take(line, isCut: isCut, into: &recent)
        }
        if recent.notable != nil { takeNotable(file) }
    }

    @inline(never) private mutating func takeShown(
        _ line: Span<UInt8>, _ isCut: Bool, _ file: UInt64, _ reader: inout LogReader
    ) {
        let before = recent.entries.byRank
        reader.take(line, isCut: isCut, into: &recent)
        let severity = Severity.allCases.last { rank in
            recent.entries.byRank[Int(rank.rawValue)] != before[Int(rank.rawValue)]
        }
        let status = recent.notable.map { $0.isRequest ? $0.status : 0 } ?? 0
        shownLines.append(
            ShownLine(
                file: file, severity: severity ?? .none, status: status,
                text: Redaction.redacted(line, max: ErrorSamples.textMax)))
    }

    /// The first lines since the last call, while `isShowingLines`.
    package mutating func takeLines() -> [ShownLine] {
        defer { shownLines = [] }
        return shownLines
    }

    /// Counts what is open in a file that gets no more lines.
    package mutating func finish(file: UInt64, by reader: inout LogReader) {
        reader.finish(into: &recent)
        if recent.notable != nil { takeNotable(file) }
    }

    @inline(never) private mutating func takeNotable(_ file: UInt64) {
        guard let notable = recent.notable else { return }
        recent.notable = nil
        samples.take(
            notable, route: notable.isRequest ? recent.routes.name(of: notable.route) : "", file: file,
            time: recent.lastTime)
    }

    /// Adds what came since the last call to `totals` and `unsaved`: once before either is read.
    package mutating func settle() {
        // What is not saved yet has no turns: nothing of it ever gives its place away.
        totals.beginTurn()
        guard recent.lines > 0 || recent.requests > 0 || recent.checks > 0 || recent.entries.count > 0 else {
            return
        }
        for one in recent.series where one.requests > 0 {
            var codes: [RequestCounts.Code] = []
            for slot in 0..<recent.slots.count where one.codes[slot] > 0 {
                let code = recent.slots.isOther(slot) ? RequestCounts.Code.other : recent.slots.code(slot)
                codes.append(.init(code: code, count: one.codes[slot]))
            }
            let key = RequestCounts.Key(route: recent.routes.name(of: one.route), method: one.method)
            let latency = one.latency.wire
            totals.add(codes, latency, to: key)
            unsaved.add(codes, latency, to: key)
        }
        var rest = RequestCounts()
        let unread = recent.unparsed.count &+ recent.entries.count &+ recent.other
        // A request of several lines counts as one line; its others are `other`.
        rest.requestLines = recent.lines > unread ? recent.lines &- unread : 0
        rest.otherLines = recent.other
        rest.aborts = recent.aborts
        rest.checks = recent.checks
        rest.slowStatements = recent.entries.slowStatements
        rest.statementLatency = recent.statementLatency.wire
        for rank in rest.entries.indices { rest.entries[rank] = recent.entries.byRank[rank] }
        for (place, reason) in UnparsedCounts.Reason.allCases.enumerated() {
            rest.unparsed[place] = recent.unparsed.byReason[reason] ?? 0
        }
        for (place, match) in matches.enumerated() {
            rest.add(matches: match.name, recentMatches[place])
            recentMatches[place] = 0
        }
        totals.add(rest)
        unsaved.add(rest)
        for (reason, sample) in recent.unparsed.samples where unparsedSamples[reason] == nil {
            unparsedSamples[reason] = sample
        }
        if let time = recent.lastTime { lastTime = max(time, lastTime ?? time) }
        recent.reset()
    }

    /// What `unsaved` holds is on disk now.
    package mutating func unsavedIsSaved() { unsaved = RequestCounts() }

    /// Goes on from what was recorded before a restart.
    package mutating func restore(_ counts: RequestCounts) { totals.add(counts) }

    /// Errors and slow requests to show, with how many of each kind came since they were last told; at most
    /// `ErrorSamples.toldMax` a minute, and never one without its secrets masked.
    package mutating func takeSamples(at milliseconds: Int64) -> [ErrorSample] {
        samples.due(at: milliseconds)
    }
}

/// Tells the times of single lines, for finding where in a long log to begin.
package struct LineTimes: Sendable {
    private var summary = LogSummary()

    /// Options as in `ServiceLog.Options`.
    package init(zone: ZoneRules, year: Int) {
        summary.clock.zone = zone
        summary.clock.year = year
    }

    /// Milliseconds since 1970 of a line of the log that `reader` reads, or nil where the line alone tells none; the
    /// reader is not changed.
    package mutating func milliseconds(of line: Span<UInt8>, by reader: LogReader) -> Int64? {
        var reader = reader
        reader.take(line, into: &summary)
        // A request of several lines is told of when it ends.
        reader.finish(into: &summary)
        defer { summary.reset() }
        return summary.lastTime
    }
}
