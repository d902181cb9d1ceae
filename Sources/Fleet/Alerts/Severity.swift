/// How bad an alert is; there are exactly these three, the least first.
package enum Severity: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// The screen only.
    case info
    case warning
    case critical

    package static func < (left: Severity, right: Severity) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}
