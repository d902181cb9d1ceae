import Telemetry

/// The logs of one service as they grow: takes their lines one at a time and keeps counters for ever.
///
/// Each file has a `LogReader` of its own, since what is open in one has nothing to do with another; routes are learned
/// over all of them. Nothing here knows the time: who owns it calls `settle` once a second.
package struct ServiceLog: Sendable {
    /// What a configuration says of a service's logs.
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

    /// Whether `unsaved` is kept, for who records it.
    package var keepsUnsaved = true
    /// All that was counted, and what of it was not recorded yet.
    package private(set) var totals = RequestCounts()
    package private(set) var unsaved = RequestCounts()
    /// One line for each reason for which lines could not be read, the first of its kind.
    package private(set) var unparsedSamples: [UnparsedCounts.Reason: UnparsedCounts.Sample] = [:]
    private var unreadLines: [UnparsedCounts.Reason: UnreadLine] = [:]
    /// The minute in which they were told last, and how many lines could not be read then.
    private var unreadTold: (minute: Int64, count: UInt64) = (.min, 0)
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
    /// the line was too long and its tail was skipped. `writtenAt` are milliseconds since 1970, where what carried the
    /// line knows them: a line that says no time itself is of that time.
    package mutating func take(
        _ line: Span<UInt8>, isCut: Bool = false, writtenAt: Int64? = nil, file: UInt64,
        by reader: inout LogReader
    ) {
        recent.carriedTime = writtenAt
        defer { recent.carriedTime = nil }
        for place in matches.indices where line.find(matches[place].text, from: 0, to: line.count) != nil {
            recentMatches[place] &+= 1
        }
        defer { if recent.isSortingByTime { sortMatches() } }
        if isShowingLines, shownLines.count < Self.shownLinesMax {
            takeShown(line, isCut, file, &reader)
        } else {
            reader.take(line, isCut: isCut, into: &recent)
        }
        if recent.notable != nil { takeNotable(file) }
    }

    /// Puts what matched in the line that was just read where that line belongs.
    private mutating func sortMatches() {
        for place in recentMatches.indices where recentMatches[place] > 0 {
            recentMatches[place] = 0
            recent.past.add(match: matches[place].name)
        }
    }

    /// Counts some of the whole lines that `bytes` begin with, and says which; none where each must be looked at by itself.
    package mutating func takeMany(
        _ bytes: Span<UInt8>, file: UInt64, by reader: inout LogReader, _ scratch: inout LineScratch
    ) -> LinesTaken {
        guard matches.isEmpty, !recent.isSortingByTime,
            !isShowingLines || shownLines.count >= Self.shownLinesMax
        else {
            return LinesTaken()
        }
        let taken = reader.takeMany(bytes, &scratch, into: &recent)
        if !recent.notables.isEmpty { takeNotables(file) }
        return taken
    }

    @inline(never) private mutating func takeNotables(_ file: UInt64) {
        for notable in recent.notables { take(notable, file) }
        recent.notables.removeAll(keepingCapacity: true)
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
        take(notable, file)
    }

    private mutating func take(_ notable: LogSummary.Notable, _ file: UInt64) {
        samples.take(
            notable, route: notable.isRequest ? recent.routes.name(of: notable.route) : "", file: file,
            time: notable.time ?? recent.lastTime)
    }

    /// Adds what came since the last call to `totals` and `unsaved`: once before either is read.
    package mutating func settle() {
        // What is not saved yet has no turns: nothing of it ever gives its place away.
        totals.beginTurn()
        guard !recent.isSortingByTime else { return settleByTime() }
        guard !recent.isEmpty else { return }
        var counts = recent.counts(lines: recent.lines)
        for (place, match) in matches.enumerated() {
            counts.add(matches: match.name, recentMatches[place])
            recentMatches[place] = 0
        }
        totals.add(counts)
        if keepsUnsaved { unsaved.add(counts) }
        for (reason, sample) in recent.unparsed.samples where unparsedSamples[reason] == nil {
            unparsedSamples[reason] = sample
        }
        if let time = recent.lastTime { lastTime = max(time, lastTime ?? time) }
        recent.reset()
    }

    // MARK: A backlog

    /// What a backlog told, for whoever draws it; `totals` hold all of it.
    package struct Past: Sendable {
        /// What was counted before the first window.
        package let base: RequestCounts
        /// Those with something in them, the oldest first; behind them come counts that belong to no window.
        package let windows: [PastWindows.Window]
        /// Of the windows, where all have one.
        package let widthMilliseconds: Int64

        /// One story of two, of which `later` was told behind this.
        package func followed(by later: Past) -> Past {
            Past(
                base: base, windows: windows + later.windows,
                widthMilliseconds: max(widthMilliseconds, later.widthMilliseconds))
        }
    }

    /// Whether lines are counted in windows of their own time, which `totals` do not hold before `takePast`.
    package var isCatchingUp: Bool { recent.isSortingByTime }

    /// From here on lines count in windows of their own time; those up to `toldThrough` in the first behind it. The
    /// windows take at most about `bytesMax`.
    package mutating func beginCatchingUp(toldThrough: Int64? = nil, bytesMax: Int = 1 << 20) {
        settle()
        recent.past = PastWindows()
        recent.past.toldThrough = toldThrough
        recent.past.bytesMax = bytesMax
        recent.isSortingByTime = true
    }

    /// Says what time it is, in milliseconds since 1970, before lines are taken while catching up.
    package mutating func isAt(_ milliseconds: Int64) { recent.past.now = milliseconds }

    /// Adds the windows and all else to `totals`; what they were, where there were any. With `isDone` lines count at the
    /// time at which they are read from here on.
    package mutating func takePast(isDone: Bool) -> Past? {
        settle()
        let (windows, width) = recent.past.takeWindows()
        totals.add(recent.past.takeBefore())
        let base = totals
        for window in windows { totals.add(window.counts) }
        totals.add(recent.past.takeAtNow())
        if isDone { recent.isSortingByTime = false }
        if let last = windows.last { recent.past.toldThrough = min(last.end, recent.past.now) }
        return windows.isEmpty ? nil : Past(base: base, windows: windows, widthMilliseconds: width)
    }

    /// How often windows were made wider because there were too many, since the last call.
    package mutating func takeWidenings() -> UInt64 { recent.past.takeWidenings() }

    /// Calls `body` with the coded counts of all that `totals` do not hold yet.
    package func forEachUntold(_ body: ([UInt8]) -> Void) {
        if isCatchingUp { recent.past.forEachUntold(body) }
    }

    private mutating func settleByTime() {
        recent.seal()
        let past = recent.past.takeUnsaved()
        if keepsUnsaved { unsaved.add(past) }
        for (reason, sample) in recent.past.samples where unparsedSamples[reason] == nil {
            unparsedSamples[reason] = sample
        }
        if let time = recent.past.latest { lastTime = max(time, lastTime ?? time) }
    }

    /// The first line of each kind that could not be read: once a minute, while there are more of them.
    package mutating func takeUnread(at milliseconds: Int64) -> [UnreadLine] {
        let (minute, count) = (milliseconds / 60_000, totals.unparsed.reduce(0, &+))
        guard count != unreadTold.count, minute != unreadTold.minute else { return [] }
        unreadTold = (minute, count)
        for (reason, sample) in unparsedSamples where unreadLines[reason] == nil {
            unreadLines[reason] = UnreadLine(reason, sample)
        }
        return unreadLines.values.sorted { $0.reason < $1.reason }
    }

    /// What `unsaved` holds is on disk now.
    package mutating func unsavedIsSaved() { if keepsUnsaved { unsaved = RequestCounts() } }

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
