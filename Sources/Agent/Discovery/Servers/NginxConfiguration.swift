/// The logs of nginx, by its configuration: `access_log`, `error_log` and `log_format` wherever they stand, through
/// `include`. Directives are words that end with `;` or open a block; the modules' documentation has them at nginx.org.
package struct NginxConfiguration {
    package private(set) var logs: [ServerLog] = []
    package private(set) var dropped = 0
    private var formats: [String: String] = [:]
    private var found: [(kind: ServerLog.Kind, path: String, format: String, origin: String)] = []
    private var folder = ""

    private static let logsMax = 256
    private static let formatsMax = 256
    private static let wordBytesMax = 8192
    /// Where relative paths of logs begin if no `-p` says it: the prefixes of Debian, nginx.org, and of a build by hand.
    private static let prefixes = ["/usr/share/nginx", "/etc/nginx", "/usr/local/nginx"]

    /// `words` is the command line of the master.
    package init(_ files: ServerFiles, words: [String]) {
        var files = files
        let prefix = ServerText.values("-p", in: words).last
        let usual = ["/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf"]
        let named = ServerText.values("-c", in: words).last.map {
            ServerText.absolute($0, in: prefix ?? "/etc/nginx")
        }
        let main =
            named ?? prefix.map { "\($0)/conf/nginx.conf" } ?? usual.first(where: files.isThere) ?? usual[0]
        folder = ServerText.folder(of: main)
        read(main, &files)
        for log in found where logs.count < Self.logsMax {
            let candidates = (prefix.map { [$0] } ?? Self.prefixes).map {
                ServerText.absolute(log.path, in: $0)
            }
            let path = candidates.first(where: files.isThere) ?? candidates[0]
            let format = formats[log.format].map { "nginx:\($0)" } ?? "auto"
            let isCombined = log.format == "combined" && log.kind == .access
            logs.append(
                ServerLog(
                    kind: log.kind, path: path, format: isCombined ? "nginx:combined" : format,
                    origin: log.origin))
        }
        dropped = files.dropped + found.count - logs.count
    }

    private mutating func read(_ pattern: String, _ files: inout ServerFiles) {
        // Both are borrowed by the closure below; what it found is put back.
        var this = self
        files.each(pattern) { files, path, bytes in this.read(bytes, path, &files) }
        self = this
    }

    private mutating func read(_ bytes: [UInt8], _ path: String, _ files: inout ServerFiles) {
        var words: [String] = []
        var word: [UInt8] = []
        var isWord = false
        var line = 1
        var place = 0
        func end() {
            if isWord { words.append(String(decoding: word, as: UTF8.self)) }
            word.removeAll(keepingCapacity: true)
            isWord = false
        }
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard !isWord else {
                    word.append(byte)
                    continue
                }
                isWord = true
                while place < bytes.count, bytes[place] != byte {
                    if bytes[place] == 0x0A { line += 1 }
                    if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count {
                        let next = bytes[place + 1]
                        let isQuote = next == UInt8(ascii: "\"") || next == UInt8(ascii: "'")
                        if !isQuote, next != UInt8(ascii: "\\") { word.append(bytes[place]) }
                        word.append(next)
                        place += 2
                        continue
                    }
                    word.append(bytes[place])
                    place += 1
                }
                place += 1
                end()
            case UInt8(ascii: "#") where !isWord:
                while place < bytes.count, bytes[place] != 0x0A { place += 1 }
            case UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                // A variable's braces are part of its word.
                if byte != UInt8(ascii: ";"), isWord,
                    word.last == UInt8(ascii: "$") || word.contains(UInt8(ascii: "{"))
                {
                    word.append(byte)
                    continue
                }
                end()
                if byte == UInt8(ascii: ";") { take(words, "\(path):\(line)", &files) }
                words = []
            case 0x20, 0x09, 0x0D, 0x0A:
                end()
                if byte == 0x0A { line += 1 }
            default:
                if word.count < Self.wordBytesMax { word.append(byte) }
                isWord = true
            }
        }
    }

    private mutating func take(_ words: [String], _ origin: String, _ files: inout ServerFiles) {
        guard words.count > 1 else { return }
        switch words[0] {
        case "include": read(ServerText.absolute(words[1], in: folder), &files)
        case "log_format":
            let parts = words.dropFirst(2).drop { $0.hasPrefix("escape=") }
            var format = ""
            for part in parts where format.utf8.count < Self.wordBytesMax { format += part }
            if ServerText.isPlain(format), formats.count < Self.formatsMax { formats[words[1]] = format }
        case "access_log", "error_log":
            // A name with variables is another one for each request.
            guard words[1] != "off", words[1] != "stderr", !words[1].hasPrefix("syslog:"),
                !words[1].hasPrefix("memory:"), !words[1].utf8.contains(UInt8(ascii: "$"))
            else { return }
            guard found.count < Self.logsMax else {
                dropped += 1
                return
            }
            let kind = words[0] == "access_log" ? ServerLog.Kind.access : .error
            let named = words.count > 2 && !words[2].utf8.contains(UInt8(ascii: "=")) ? words[2] : "combined"
            found.append((kind, words[1], kind == .access ? named : "", origin))
        default: break
        }
    }
}
