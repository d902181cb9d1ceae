/// What a query looks at: a host, a process, a unit, a mount.
package protocol QueryRow {
    /// All values of an attribute: host, group, a tag, state, version, kernel; of a process also pid, user,
    /// command, unit. Empty where the row has none.
    func values(of attribute: String) -> [String]

    /// The present value of a signal or of a field in `Signal.processFields`; nil where there is none.
    /// `statistic` and `windowSeconds` are as written, as in `cpu.p95(5m)`, else nil.
    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double?

    /// What a bare word is looked for in, besides the attributes `host` and `group`: a command line, say.
    var words: [String] { get }
}

/// What becomes of a signal's values over a window.
package enum Statistic: String, Hashable, Sendable, CaseIterable {
    case avg, min, max, p50, p90, p95, p99
}
