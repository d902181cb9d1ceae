/// A route as the operator writes it: `/items/:id` or `/files/*`; `:x` is one segment, a final `*` is the rest.
package struct RoutePattern: Equatable, Sendable {
    /// What stands between two slashes: a text, `:x`, or the final `*`.
    enum Segment: Equatable, Sendable {
        case literal(String)
        case one
        case rest
    }

    package let text: String
    let segments: [Segment]

    /// Nil unless the text begins with a slash and a star is last.
    package init?(_ text: String) {
        guard text.hasPrefix("/") else { return nil }
        self.text = text
        var segments: [Segment] = []
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            if part == "*" {
                guard place == parts.count - 1 else { return nil }
                segments.append(.rest)
            } else if part.hasPrefix(":"), part.utf8.count > 1 {
                segments.append(.one)
            } else {
                segments.append(.literal(String(part)))
            }
        }
        self.segments = segments
    }

    func matches(_ path: [String]) -> Bool {
        for (place, segment) in segments.enumerated() {
            if segment == .rest { return path.count >= place }
            guard place < path.count else { return false }
            if case .literal(let text) = segment, text != path[place] { return false }
        }
        return path.count == segments.count
    }
}

/// A request that is a check and no traffic: `GET /healthz`, `* /internal/*`.
package struct IgnoredRequest: Equatable, Sendable {
    package let method: HTTPMethod?
    let path: RoutePattern

    /// Nil unless the text is a method or `*`, a blank, and a path.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, let path = RoutePattern(String(words[1])) else { return nil }
        let known = HTTPMethod.allCases.first { $0.text == words[0] }
        guard words[0] == "*" || known != nil else { return nil }
        method = known
        self.path = path
    }
}
