import Text

/// What the rows of the table are.
enum TrafficGrouping: String, Hashable, Sendable, CaseIterable {
    case route, host, code, method

    var title: SafeText {
        switch self {
        case .route: "ROUTE"
        case .host: "HOST"
        case .code: "STATUS"
        case .method: "METHOD"
        }
    }

    var plural: SafeText {
        switch self {
        case .route: "routes"
        case .host: "hosts"
        case .code: "statuses"
        case .method: "methods"
        }
    }

    var next: TrafficGrouping {
        let all = Self.allCases
        return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }
}

/// A row of the table, by names that stay the same whatever comes.
struct TrafficRowID: Hashable, Sendable {
    /// Of rows that are routes while all services are shown; nil otherwise.
    let service: String?
    let name: String
}
