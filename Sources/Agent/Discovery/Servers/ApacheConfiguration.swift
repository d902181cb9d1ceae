/// The logs of Apache's httpd, by its configuration: `CustomLog`, `TransferLog`, `ErrorLog` and `LogFormat` wherever they
/// stand, through `Include`, with the variables of Debian's envvars and of `Define`. As httpd's documentation has them:
/// a directive a line, which a backslash at its end goes on.
package struct ApacheConfiguration {
    package private(set) var logs: [ServerLog] = []
    package private(set) var dropped = 0
    private var formats = [
        "common": "common", "combined": "combined", "vhost_combined": "vhost_combined",
    ]
    /// What `TransferLog` is written as.
    private var standing = "common"
    private var variables: [String: String] = [:]
    private var serverRoot: String
    private var found: [(kind: ServerLog.Kind, path: String, format: String, origin: String)] = []

    private static let logsMax = 256
    private static let namesMax = 256
    private static let valueBytesMax = 4096

    package init(_ files: ServerFiles, words: [String]) {
        var files = files
        let usual = [
            "/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf", "/usr/local/apache2/conf/httpd.conf",
            "/etc/apache2/httpd.conf",
        ]
        let standing = usual.first(where: files.isThere) ?? usual[0]
        let root = ServerText.values("-d", in: words).last
        serverRoot = root ?? ServerText.folder(of: standing)
        let main =
            ServerText.values("-f", in: words).last.map { ServerText.absolute($0, in: serverRoot) }
            ?? standing
        readEnvironment("\(ServerText.folder(of: main))/envvars", &files)
        read(main, &files)
        for log in found {
            // A name that no LogFormat gave is the format itself.
            let format = formats[log.format] ?? log.format
            let isPlain = log.kind == .access && ServerText.isPlain(format)
            logs.append(
                ServerLog(
                    kind: log.kind, path: log.path, format: isPlain ? "apache:\(format)" : "auto",
                    origin: log.origin))
        }
        dropped += files.dropped
    }

    /// Lines as `export APACHE_LOG_DIR=/var/log/apache2$SUFFIX`, which a shell reads: what is unset is empty.
    private mutating func readEnvironment(_ path: String, _ files: inout ServerFiles) {
        var this = self
        files.each(path) { _, _, bytes in
            for line in bytes.split(separator: 0x0A) {
                let words = ServerText.words(line, escapesInSingle: false, comment: true)
                guard words.first == "export", words.count > 1 else { continue }
                let parts = words[1].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { continue }
                this.define(String(parts[0]), this.filled(String(parts[1]), isShell: true))
            }
        }
        self = this
    }

    private mutating func define(_ name: String, _ value: String) {
        guard variables.count < Self.namesMax, value.utf8.count <= Self.valueBytesMax else { return }
        variables[name] = value
    }

    private mutating func read(_ pattern: String, _ files: inout ServerFiles) {
        var this = self
        files.each(pattern) { files, path, bytes in this.read(bytes, path, &files) }
        self = this
    }

    private mutating func read(_ bytes: [UInt8], _ path: String, _ files: inout ServerFiles) {
        var joined: [UInt8] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let text = line.last == 0x0D ? line.dropLast() : line
            if text.last == UInt8(ascii: "\\"), joined.count < Self.valueBytesMax {
                joined += text.dropLast()
                continue
            }
            let words = ServerText.words((joined + text)[...], escapesInSingle: true, comment: false)
            joined = []
            take(words, "\(path):\(number + 1)", &files)
        }
    }

    private mutating func take(_ words: [String], _ origin: String, _ files: inout ServerFiles) {
        guard words.count > 1, words[0].utf8.first != UInt8(ascii: "#") else { return }
        switch words[0].lowercased() {
        case "include", "includeoptional":
            read(ServerText.absolute(filled(words[1]), in: serverRoot), &files)
        case "serverroot": serverRoot = filled(words[1])
        case "define": define(words[1], words.count > 2 ? filled(words[2]) : "")
        case "logformat":
            if words.count > 2 {
                if formats.count < Self.namesMax { formats[words[2]] = words[1] }
            } else {
                standing = words[1]
            }
        case "customlog", "globallog":
            if words.count > 2 { add(.access, words[1], words[2], origin) }
        case "transferlog": add(.access, words[1], standing, origin)
        case "errorlog": add(.error, words[1], "", origin)
        default: break
        }
    }

    private mutating func add(_ kind: ServerLog.Kind, _ name: String, _ format: String, _ origin: String) {
        let name = filled(name)
        // A pipe's program writes where it will; syslog is not Apache's.
        guard !name.hasPrefix("|"), !name.hasPrefix("syslog"), name.utf8.count <= Self.valueBytesMax else {
            return
        }
        guard found.count < Self.logsMax else {
            dropped += 1
            return
        }
        found.append((kind, ServerText.absolute(name, in: serverRoot), format, origin))
    }

    /// The text with `${NAME}`, for a shell also `$NAME`, replaced once; what is not known stays, for a shell is empty.
    private func filled(_ text: String, isShell: Bool = false) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "$"), place + 1 < bytes.count else {
                result.append(bytes[place])
                place += 1
                continue
            }
            let isBraced = bytes[place + 1] == UInt8(ascii: "{")
            let start = place + (isBraced ? 2 : 1)
            var end = start
            while end < bytes.count,
                ConfigurationValue.isAlphanumeric(bytes[end]) || bytes[end] == UInt8(ascii: "_")
            {
                end += 1
            }
            let isWhole = isBraced ? end < bytes.count && bytes[end] == UInt8(ascii: "}") : isShell
            let known = variables[String(decoding: bytes[start..<end], as: UTF8.self)]
            if end > start, isWhole, let value = known ?? (isShell ? "" : nil) {
                result += value.utf8
                place = isBraced ? end + 1 : end
            } else {
                result.append(bytes[place])
                place += 1
            }
            if result.count > Self.valueBytesMax { break }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
