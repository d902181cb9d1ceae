/// What ``AgentScript`` says on the host's standard output before the agent speaks frames.
package enum HostWord: Hashable, Sendable {
    /// The host wants the agent's bytes.
    case copy(system: String, machine: String, folder: String)
    /// There is no agent, and none may be copied; `path` is where one was looked for.
    case none(system: String, machine: String, path: String)
    /// No folder takes a program; each `noexec:PATH` or `unwritable:PATH`.
    case nowhere(folders: [String])
    /// The copy's digest was another.
    case spoilt(folder: String)
    case unwritten(folder: String)
    /// What follows is the agent's own output.
    case run

    package static let mark = "martlet-host 1"

    package init?(line: String) {
        guard line.hasPrefix(Self.mark + " ") else { return nil }
        let words = line.dropFirst(Self.mark.count + 1).split(separator: " ").map(String.init)
        func rest(_ first: Int) -> String { words.dropFirst(first).joined(separator: " ") }
        switch words.first {
        case "copy" where words.count > 3:
            self = .copy(system: words[1], machine: words[2], folder: rest(3))
        case "none" where words.count > 2: self = .none(system: words[1], machine: words[2], path: rest(3))
        case "nowhere": self = .nowhere(folders: Array(words.dropFirst()))
        case "spoilt": self = .spoilt(folder: rest(1))
        case "unwritten": self = .unwritten(folder: rest(1))
        case "run": self = .run
        default: return nil
        }
    }
}

/// Finds a host's words among whatever else comes before the first frame: greetings of shells, and noise.
package struct HostWordScanner: Sendable {
    /// A line of ours is shorter; what is longer is somebody else's.
    private static let lineBytesMax = 4096

    private var line: [UInt8] = []
    private var isTooLong = false

    package init() {}

    package mutating func take(_ bytes: some Sequence<UInt8>) -> [HostWord] {
        var words: [HostWord] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if line.count < Self.lineBytesMax { line.append(byte) } else { isTooLong = true }
                continue
            }
            if !isTooLong, let word = HostWord(line: String(decoding: line, as: UTF8.self)) {
                words.append(word)
            }
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        return words
    }
}
