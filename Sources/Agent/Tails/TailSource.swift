/// What one `[log]` section follows.
package struct TailSource: Equatable, Sendable {
    /// Where reading begins at the very first sight of a file.
    package enum Start: Equatable, Sendable {
        /// So many seconds back by the log's own time, at most `TailLimits.readBackBytes`.
        case readBack(seconds: Int64)
        case beginning
        case end
    }

    /// The section's name: the same source after a reload or restart.
    package var name: String
    /// Absolute paths, the components of which may hold `*`, `?` and `[a-z]`.
    package var paths: [String]
    package var start: Start
    /// A systemd unit whose journal is followed.
    package var journal: String?
    /// A container whose log is followed, by its name.
    package var container: String?
    /// Where the host's root is, below which container engines keep their logs.
    package var root: String

    package init(
        name: String, paths: [String] = [], journal: String? = nil, container: String? = nil,
        root: String = "/", start: Start = .readBack(seconds: 3600)
    ) {
        self.name = name
        self.paths = paths
        self.journal = journal
        self.container = container
        self.root = root
        self.start = start
    }
}

/// One component of a path with `*`, `?`, `[a-z]` and `[!a-z]`, as glob(7) has them; a leading dot is matched by a dot only.
package struct NamePattern: Hashable, Sendable {
    package let text: String
    private let bytes: [UInt8]
    /// Whether there is anything to expand.
    package let isPattern: Bool

    package init(_ text: some StringProtocol) {
        self.text = String(text)
        bytes = Array(text.utf8)
        isPattern = bytes.contains {
            $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[")
        }
    }

    package func matches(_ name: String) -> Bool {
        guard isPattern else { return name == text }
        let name = Array(name.utf8)
        guard name.first != UInt8(ascii: ".") || bytes.first == UInt8(ascii: ".") else { return false }
        return matches(name.span)
    }

    /// Goes back to the last star when it does not fit: time is at most the product of both lengths.
    private func matches(_ name: Span<UInt8>) -> Bool {
        var (place, at) = (0, 0)
        var (starPlace, starAt) = (-1, 0)
        while at < name.count {
            if place < bytes.count, bytes[place] == UInt8(ascii: "*") {
                place += 1
                (starPlace, starAt) = (place, at)
            } else if let next = step(place, name[at]) {
                place = next
                at += 1
            } else if starPlace >= 0 {
                starAt += 1
                (place, at) = (starPlace, starAt)
            } else {
                return false
            }
        }
        while place < bytes.count, bytes[place] == UInt8(ascii: "*") { place += 1 }
        return place == bytes.count
    }

    /// Where the pattern goes on when its part at `place` takes `byte`; nil when it does not.
    private func step(_ place: Int, _ byte: UInt8) -> Int? {
        guard place < bytes.count else { return nil }
        switch bytes[place] {
        case UInt8(ascii: "?"): return place + 1
        case UInt8(ascii: "["):
            guard let end = classEnd(place) else { return byte == bytes[place] ? place + 1 : nil }
            return isInClass(place + 1, end, byte) ? end + 1 : nil
        default: return bytes[place] == byte ? place + 1 : nil
        }
    }

    /// The closing bracket; one that stands first is a member.
    private func classEnd(_ open: Int) -> Int? {
        var place = open + 1
        if place < bytes.count, bytes[place] == UInt8(ascii: "!") { place += 1 }
        place += 1
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "]") { return place }
            place += 1
        }
        return nil
    }

    private func isInClass(_ first: Int, _ end: Int, _ byte: UInt8) -> Bool {
        var place = first
        let isNegated = bytes[place] == UInt8(ascii: "!")
        if isNegated { place += 1 }
        var isMember = false
        while place < end {
            if place + 2 < end, bytes[place + 1] == UInt8(ascii: "-") {
                if bytes[place] <= byte, byte <= bytes[place + 2] { isMember = true }
                place += 3
            } else {
                if bytes[place] == byte { isMember = true }
                place += 1
            }
        }
        return isMember != isNegated
    }
}
