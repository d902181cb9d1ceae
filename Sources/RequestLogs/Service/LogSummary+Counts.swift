/// What a summary holds, as counts by service; and a backlog's, sorted by its own time.
extension LogSummary {
    /// All that was counted since the last reset, of so many lines.
    func counts(lines: UInt64) -> RequestCounts {
        var counts = RequestCounts()
        for one in series where one.requests > 0 {
            var codes: [RequestCounts.Code] = []
            for slot in 0..<slots.count where one.codes[slot] > 0 {
                let code = slots.isOther(slot) ? RequestCounts.Code.other : slots.code(slot)
                codes.append(.init(code: code, count: one.codes[slot]))
            }
            counts.add(
                codes, one.latency.wire, to: .init(route: routes.name(of: one.route), method: one.method))
        }
        let unread = unparsed.count &+ entries.count &+ other
        // A request of several lines counts as one line; its others are `other`.
        counts.requestLines = lines > unread ? lines &- unread : 0
        counts.otherLines = other
        counts.aborts = aborts
        counts.checks = checks
        counts.slowStatements = entries.slowStatements
        counts.statementLatency = statementLatency.wire
        for rank in counts.entries.indices { counts.entries[rank] = entries.byRank[rank] }
        for (place, reason) in UnparsedCounts.Reason.allCases.enumerated() {
            counts.unparsed[place] = unparsed.byReason[reason] ?? 0
        }
        return counts
    }

    var isEmpty: Bool { lines == 0 && requests == 0 && checks == 0 && entries.count == 0 }

    /// Called before a request or an entry of that time is counted: what was counted before it stays in its own window.
    @inline(__always) mutating func sort(by time: Int64?) {
        if let time, past.open.contains(time) { return }
        enter(time)
    }

    @inline(never) private mutating func enter(_ time: Int64?) {
        guard past.isOther(time) else { return past.enter(time) }
        // The line that is being read counts already, and belongs to what comes.
        seal(openLines: 1)
        past.enter(time)
    }

    /// Puts what was counted into the window that is open.
    mutating func seal(openLines: UInt64 = 0) {
        let left = min(lines, openLines)
        let sealed = lines &- left
        guard sealed > 0 || requests > 0 || checks > 0 || entries.count > 0 else { return }
        past.add(counts(lines: sealed), latest: lastTime, samples: unparsed.samples)
        reset(isTurn: false)
        lines = left
    }
}
