/// How HAProxy writes its requests, by its configuration: `log-format`, or `option httplog`, of each frontend, where
/// `defaults` says it for those behind. It has no file of its own: syslog's is asked for, mostly /var/log/haproxy.log.
package struct HAProxyConfiguration {
    /// What all frontends that log requests agree on: as `LogFormats.choice` takes it; nil where they do not.
    package private(set) var format: String?
    package private(set) var origin = ""
    package private(set) var dropped = 0

    private struct Section {
        var isFrontend = false
        var format: String?
        var origin = ""
    }

    private static let usual = "/etc/haproxy/haproxy.cfg"

    package init(_ files: ServerFiles, words: [String]) {
        var files = files
        var named = ServerText.values("-f", in: words).filter { $0.hasPrefix("/") }
        if named.isEmpty { named = [Self.usual] }
        var agreed: [Section] = []
        for path in named {
            files.each(path) { _, path, bytes in agreed += Self.frontends(bytes, path) }
        }
        dropped = files.dropped
        guard let first = agreed.first, let format = first.format, agreed.allSatisfy({ $0.format == format })
        else { return }
        self.format = format
        origin = first.origin
    }

    /// Sections that take requests.
    private static func frontends(_ bytes: [UInt8], _ path: String) -> [Section] {
        var found: [Section] = []
        var defaults = Section()
        var section = Section()
        var isDefaults = false
        func end() {
            if isDefaults { defaults = section }
            if section.isFrontend, found.count < 256 { found.append(section) }
        }
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let words = ServerText.words(line, escapesInSingle: false, comment: true)
            guard let first = words.first else { continue }
            switch first {
            case "global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist",
                "cache",
                "program", "ring", "mailers", "http-errors", "fcgi-app":
                end()
                isDefaults = first == "defaults"
                section = isDefaults ? Section() : defaults
                section.isFrontend = first == "frontend" || first == "listen"
            case "log-format" where words.count > 1:
                section.format = ServerText.isPlain(words[1]) ? "haproxy:\(words[1])" : nil
                section.origin = "\(path):\(number + 1)"
            case "option" where words.count > 1 && words[1] == "httplog":
                section.format = "haproxy:httplog"
                section.origin = "\(path):\(number + 1)"
            case "option" where words.count > 1 && words[1] == "tcplog": section.format = nil
            default: break
            }
        }
        end()
        return found
    }
}
