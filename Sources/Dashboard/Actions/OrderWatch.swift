import Fleet

/// Orders that are looked at: how each stands, and what they say, of which the first and the last lines are kept.
struct OrderWatch: Hashable, Sendable {
    private(set) var runs: [OrderRun] = []
    /// Where lines are missing, one says how many, or how many bytes.
    private(set) var lines: [String] = []
    /// Lines that had no room, behind the first ``headMax``.
    private var leftOut = 0
    /// What has come of lines that are not over, and the place in all that was written of what comes next, by order.
    private var pending: [String: [UInt8]] = [:]
    private var ends: [String: UInt64] = [:]

    static let headMax = 100
    static let linesMax = 500
    private static let lineBytesMax = 4096

    var isOver: Bool { !runs.isEmpty && runs.allSatisfy(\.state.isOver) }

    mutating func take(_ updates: [OrderUpdate]) {
        for update in updates {
            switch update {
            case .run(let run):
                if let place = runs.firstIndex(where: { $0.id == run.id }) {
                    runs[place] = run
                } else {
                    runs.append(run)
                }
                if run.state.isOver { endLine(run.id) }
            case .output(let id, let offset, let bytes): take(id, offset, bytes)
            }
        }
    }

    private mutating func take(_ id: String, _ offset: UInt64, _ bytes: [UInt8]) {
        let expected = ends[id] ?? 0
        if offset > expected {
            endLine(id)
            append(id, "… \(offset - expected) bytes dropped")
        }
        ends[id] = offset.addingReportingOverflow(UInt64(bytes.count)).partialValue
        let whole = (pending[id] ?? []) + bytes
        var start = 0
        while let end = whole[start...].firstIndex(of: 0x0A) {
            append(id, Self.text(whole[start..<end]))
            start = end + 1
        }
        pending[id] = Array(whole[start...].suffix(Self.lineBytesMax))
    }

    private mutating func endLine(_ id: String) {
        if let rest = pending.removeValue(forKey: id), !rest.isEmpty { append(id, Self.text(rest[...])) }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix(lineBytesMax), as: UTF8.self)
    }

    private mutating func append(_ id: String, _ text: String) {
        let host = runs.first { $0.id == id }?.host ?? ""
        lines.append(runs.count > 1 ? "\(host)  \(text)" : text)
        guard lines.count > Self.linesMax else { return }
        // The line that says so stands among them, so the first time two make room.
        leftOut += leftOut == 0 ? 2 : 1
        lines.remove(at: Self.headMax)
        lines[Self.headMax] = "… \(leftOut) lines left out"
    }

    /// One sentence of how all ended: `restart-web on web1: succeeded`.
    var summary: String {
        guard let first = runs.first else { return "" }
        if runs.count == 1 { return "\(first.action) on \(first.host): \(first.words)" }
        let good = runs.count { $0.state == .succeeded }
        let bad = runs.first { $0.state != .succeeded }
        return "\(first.action): \(good) of \(runs.count) succeeded"
            + (bad.map { "; \($0.host) \($0.words)" } ?? "")
    }
}
