/// A log that a server's configuration names.
package struct ServerLog: Sendable, Equatable {
    package enum Kind: Sendable {
        case access, error
    }

    package let kind: Kind
    /// Absolute, as the server sees it.
    package let path: String
    /// As `LogFormats.choice` takes it: `auto`, or a name and the server's own line.
    package let format: String
    /// Where it is said: `FILE:LINE`.
    package let origin: String

    package init(kind: Kind, path: String, format: String, origin: String) {
        self.kind = kind
        self.path = path
        self.format = format
        self.origin = origin
    }
}

/// Reads what a server's configuration says, from what others wrote: files, their sizes and how deep they include each
/// other are bounded, and what is beyond a bound is left out and counted.
package struct ServerFiles {
    /// In front of each path: where the server's root is for us; empty for our own.
    package let root: String
    package private(set) var dropped = 0
    private var files = 0
    private var bytes = 0
    /// The files that include the one that is read.
    private var including: [String] = []

    private static let filesMax = 512
    private static let bytesMax = 4 << 20
    private static let depthMax = 16
    private static let namesMax = 4096

    package init(root: String) {
        self.root = root == "/" ? "" : root
    }

    /// Hands the bytes of each file that `pattern` stands for to `body`, in order; one that includes itself is left out.
    mutating func each(_ pattern: String, _ body: (inout ServerFiles, String, [UInt8]) -> Void) {
        for path in expand(pattern) {
            guard files < Self.filesMax, bytes < Self.bytesMax, including.count < Self.depthMax,
                !including.contains(path)
            else {
                dropped += 1
                continue
            }
            guard DiscoveryFiles.facts(root + path) != nil,
                let content = DiscoveryFiles.bytes(root + path, limit: min(1 << 20, Self.bytesMax - bytes))
            else { continue }
            files += 1
            bytes += content.count
            including.append(path)
            body(&self, path, content)
            including.removeLast()
        }
    }

    func isThere(_ path: String) -> Bool { DiscoveryFiles.facts(root + path) != nil }

    /// The paths that a pattern stands for, in the order of their bytes; a folder stands for the files in it.
    private mutating func expand(_ pattern: String) -> [String] {
        var found = [""]
        for component in pattern.split(separator: "/") {
            let name = NamePattern(component)
            guard name.isPattern else {
                found = found.map { "\($0)/\(component)" }
                continue
            }
            found = found.flatMap { folder in
                names(folder).filter(name.matches).map { "\(folder)/\($0)" }
            }
        }
        return found.flatMap { path in
            let inside = names(path)
            return inside.isEmpty ? [path] : inside.map { "\(path)/\($0)" }
        }
    }

    private mutating func names(_ folder: String) -> [String] {
        guard let (names, more) = DiscoveryFiles.names(root + folder, max: Self.namesMax) else { return [] }
        dropped += more
        return names
    }
}

/// Words of a command line or of a configuration.
enum ServerText {
    /// `path` below `folder` where it is not absolute.
    static func absolute(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }

    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex else {
            return "/"
        }
        return String(path[..<slash])
    }

    /// What stands behind a flag: `-c FILE` or `-cFILE`, all of them.
    static func values(_ flag: String, in words: [String]) -> [String] {
        var values: [String] = []
        for (place, word) in words.enumerated() where word.hasPrefix(flag) {
            if word.utf8.count > flag.utf8.count {
                values.append(String(word.dropFirst(flag.count)))
            } else if place + 1 < words.count {
                values.append(words[place + 1])
            }
        }
        return values
    }

    /// Words parted by blanks; quotes hold blanks, and a backslash takes the next byte. In single quotes it does so only
    /// where `escapesInSingle`.
    static func words(_ line: ArraySlice<UInt8>, escapesInSingle: Bool, comment: Bool) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var isWord = false
        var quote: UInt8 = 0
        var place = line.startIndex
        while place < line.endIndex {
            let byte = line[place]
            place += 1
            if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") || escapesInSingle,
                place < line.endIndex
            {
                // In quotes it stays before what needs no escape, as a format's `\t` does.
                let next = line[place]
                if quote != 0, next != quote, next != UInt8(ascii: "\\") { word.append(byte) }
                word.append(next)
                place += 1
                isWord = true
            } else if quote != 0 {
                if byte == quote { quote = 0 } else { word.append(byte) }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                isWord = true
            } else if byte == 0x20 || byte == 0x09 || byte == 0x0D {
                if isWord { words.append(String(decoding: word, as: UTF8.self)) }
                word = []
                isWord = false
            } else if comment, byte == UInt8(ascii: "#"), !isWord {
                break
            } else {
                word.append(byte)
                isWord = true
            }
        }
        if isWord { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    /// Whether a format can stand in a line of agent.conf.
    static func isPlain(_ format: String) -> Bool {
        !format.isEmpty && format.utf8.count <= 4096 && format.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
