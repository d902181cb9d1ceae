/// Where a field stands in the buffer that its line was read from; empty where the line has no such field.
package struct ByteRange: Equatable, Sendable {
    package var start: Int
    package var end: Int

    package static let none = ByteRange(start: 0, end: 0)

    @inline(__always) package init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }

    @inline(__always) package var isEmpty: Bool { end <= start }
    package var range: Range<Int> { start..<Swift.max(start, end) }
}

/// One request as a log line tells it. Ranges are offsets into the buffer of the line; numbers are decoded.
package struct RequestRecord: Sendable {
    /// The method's bytes; empty for bytes that were no HTTP.
    package var method = ByteRange.none
    /// The target as written, query and all.
    package var path = ByteRange.none
    /// A route that the log names itself: controller and action, router, backend.
    package var route = ByteRange.none
    package var time = ByteRange.none
    package var timeShape = TimeShape.none
    /// 100...999, or 0 where no answer had a status.
    package var status: UInt16 = 0
    /// Nanoseconds, or -1 where the line has none.
    package var duration: Int64 = -1
    /// Bytes of the answer, or -1.
    package var bytes: Int64 = -1
    /// The client left before the answer was whole, where the log says so.
    package var isAbort = false

    package init() {}
}

/// A line that is no request: of an application, a server or a database.
package struct EntryRecord: Sendable {
    package var time = ByteRange.none
    package var timeShape = TimeShape.none
    package var severity = Severity.none
    /// The severity as the log writes it.
    package var severityText = ByteRange.none
    package var message = ByteRange.none
    /// Nanoseconds of the statement that the entry tells of, or -1.
    package var duration: Int64 = -1

    package init() {}
}

/// How grave an entry is, by syslog's order; each log's own words map onto these.
package enum Severity: UInt8, Sendable, CaseIterable, Comparable {
    case none, debug, info, notice, warning, error, critical

    package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}
