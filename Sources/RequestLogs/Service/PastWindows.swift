/// What a backlog told, by the time that its lines say: counts in windows of ten seconds, and of minutes and more where a
/// backlog reaches back so far, or tells so much, that these would be too many.
///
/// Windows that are over are kept as coded bytes, a tenth of what counts take. What says no time, or one that is still to
/// come, counts now; what is older than anything that is kept of the past, and what came before all windows, before.
package struct PastWindows: Sendable {
    /// The counts of one window.
    package struct Window: Sendable, Equatable {
        /// Milliseconds since 1970; what lies before the end is within.
        package let end: Int64
        let coded: [UInt8]

        package var counts: RequestCounts { RequestCounts(coded.span) ?? RequestCounts() }
    }

    private enum Place: Equatable, Sendable {
        case now
        case before
        case window(Int64)
    }

    /// Widths of windows in milliseconds; the next is taken when there are too many, or too much in them.
    static let widths: [Int64] = [10_000, 60_000, 600_000, 3_600_000]
    package static let windowsMax = 1500
    /// What is older is drawn nowhere.
    static let reachMilliseconds: Int64 = 72 * 3_600_000

    /// Bytes of coded windows; beyond it they are made wider.
    var bytesMax = 1 << 20
    /// Milliseconds since 1970.
    var now: Int64 = 0
    /// Up to when all was told already; what is of that time belongs to the first window behind it.
    var toldThrough: Int64?
    /// How often windows were made wider, or the oldest put together, to stay within a bound.
    private(set) var widenings: UInt64 = 0

    private var level = 0
    private var place = Place.now
    /// The times of the window that is open; empty where none is.
    private(set) var open: Range<Int64> = 0..<0
    private var openNumber = Int64.min
    private var openCounts = RequestCounts()
    private var coded: [Int64: [UInt8]] = [:]
    private var bytes = 0
    /// What counts with the next value of now, and what came before all windows.
    private(set) var atNow = RequestCounts()
    private(set) var before = RequestCounts()
    /// All that was counted and is not recorded yet.
    private(set) var unsaved = RequestCounts()
    private(set) var latest: Int64?
    private(set) var samples: [UnparsedCounts.Reason: UnparsedCounts.Sample] = [:]

    var widthMilliseconds: Int64 { Self.widths[level] }

    // MARK: Where a line belongs

    private func place(of time: Int64?) -> Place {
        guard var time, time <= now else { return .now }
        if let toldThrough {
            time = max(time, toldThrough)
        } else if time < now - Self.reachMilliseconds {
            return .before
        }
        return .window(number(of: time))
    }

    private func number(of time: Int64) -> Int64 {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: widthMilliseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }

    func isOther(_ time: Int64?) -> Bool { place(of: time) != place }

    mutating func enter(_ time: Int64?) {
        // Packing may widen the windows.
        if place(of: time) != .window(openNumber) { pack() }
        place = place(of: time)
        guard case .window(let number) = place else {
            open = 0..<0
            return
        }
        // A time that is still to come may lie within the last window, and what was told lies in no other.
        let end = min((number + 1) * widthMilliseconds, now + 1)
        let begin = max(number * widthMilliseconds, toldThrough ?? .min)
        open = begin < end ? begin..<end : 0..<0
    }

    /// Adds what came since the last call to where the last line belongs.
    mutating func add(
        _ counts: RequestCounts, latest time: Int64?,
        samples found: [UnparsedCounts.Reason: UnparsedCounts.Sample]
    ) {
        unsaved.add(counts)
        if let time { latest = max(time, latest ?? time) }
        samples.merge(found) { known, _ in known }
        add(counts)
    }

    /// As `add`, of the line that was read last.
    mutating func add(match name: String) {
        var counts = RequestCounts()
        counts.add(matches: name, 1)
        unsaved.add(counts)
        add(counts)
    }

    private mutating func add(_ counts: RequestCounts) {
        switch place {
        case .now: atNow.add(counts)
        case .before: before.add(counts)
        case .window(let number):
            if openNumber != number {
                openNumber = number
                if let known = coded.removeValue(forKey: number) {
                    bytes -= known.count
                    openCounts = RequestCounts(known.span) ?? RequestCounts()
                }
            }
            openCounts.add(counts)
        }
    }

    // MARK: Bounds

    private mutating func pack() {
        if !openCounts.isEmpty { put(openCounts, openNumber) }
        openCounts = RequestCounts()
        openNumber = .min
        while bytes > bytesMax || coded.count > Self.windowsMax || span > Self.windowsMax {
            guard coded.count > 1 else { return }
            widenings &+= 1
            if level + 1 < Self.widths.count { widen() } else { joinOldest() }
        }
    }

    private mutating func put(_ counts: RequestCounts, _ number: Int64) {
        var counts = counts
        if let known = coded[number] {
            bytes -= known.count
            if let older = RequestCounts(known.span) { counts.add(older) }
        }
        var packed: [UInt8] = []
        counts.append(to: &packed)
        bytes += packed.count
        coded[number] = packed
    }

    /// Windows from the first to the last, quiet ones among them: each is told.
    private var span: Int {
        guard let first = coded.keys.min(), let last = coded.keys.max() else { return 0 }
        return Int(clamping: last - first + 1)
    }

    private mutating func widen() {
        let factor = Self.widths[level + 1] / Self.widths[level]
        let narrow = coded
        (coded, bytes) = ([:], 0)
        level += 1
        for (number, packed) in narrow {
            guard let counts = RequestCounts(packed.span) else { continue }
            put(counts, number >= 0 ? number / factor : (number + 1) / factor - 1)
        }
    }

    private mutating func joinOldest() {
        let oldest = coded.keys.sorted().prefix(2)
        guard oldest.count == 2, let packed = coded.removeValue(forKey: oldest[0]) else { return }
        bytes -= packed.count
        if let counts = RequestCounts(packed.span) { put(counts, oldest[1]) }
    }

    // MARK: What is told, and recorded

    /// The windows with something in them, the oldest first, and how wide they are; they are forgotten with this.
    mutating func takeWindows() -> (windows: [Window], widthMilliseconds: Int64) {
        pack()
        let width = widthMilliseconds
        let windows = coded.keys.sorted().map { number in
            Window(end: (number + 1) * widthMilliseconds, coded: coded[number] ?? [])
        }
        (coded, bytes) = ([:], 0)
        (place, open, level) = (.now, 0..<0, 0)
        return (windows, width)
    }

    mutating func takeWidenings() -> UInt64 {
        defer { widenings = 0 }
        return widenings
    }

    mutating func takeAtNow() -> RequestCounts {
        defer { atNow = RequestCounts() }
        return atNow
    }

    mutating func takeBefore() -> RequestCounts {
        defer { before = RequestCounts() }
        return before
    }

    mutating func takeUnsaved() -> RequestCounts {
        defer { unsaved = RequestCounts() }
        return unsaved
    }

    /// Calls `body` with the coded counts of all that is not told yet.
    func forEachUntold(_ body: ([UInt8]) -> Void) {
        for packed in coded.values { body(packed) }
        for counts in [openCounts, atNow, before] where !counts.isEmpty {
            var packed: [UInt8] = []
            counts.append(to: &packed)
            body(packed)
        }
    }
}
