/// A server that runs and whose configuration says how its logs are written.
struct ServerProcess: Equatable {
    enum Kind: String {
        case nginx, apache2, httpd, haproxy
    }

    let kind: Kind
    /// Its place in /proc.
    let process: String
    /// Its place among the programs that were seen.
    let program: Int
    /// The container's number; nil on the host itself.
    let container: String?
}

/// What the configurations of the servers that run say of their logs.
struct ServerLogs {
    private(set) var byPath: [String: ServerLog] = [:]
    /// In the order in which they were read, with their programs.
    private(set) var logs: [(program: Int, log: ServerLog)] = []
    /// What containers write to their standard output, by the containers' numbers.
    private(set) var ofContainers: [String: ServerLog] = [:]
    /// Programs whose configuration names logs: those of their packages' defaults are none of theirs then.
    private(set) var told: Set<String> = []
    private(set) var dropped = 0

    private static let serversMax = 64
    private static let commandLineBytesMax = 4096
    private static let haproxyLog = "/var/log/haproxy.log"

    init(_ servers: [ServerProcess], _ paths: AgentPaths) {
        var read: Set<String> = []
        for server in servers {
            let bytes =
                DiscoveryFiles.bytes("\(server.process)/cmdline", limit: Self.commandLineBytesMax) ?? []
            // nginx's workers say what they are; a master has the words it was started with behind a colon.
            let words = bytes.split { $0 == 0 || $0 == 0x20 }.map { String(decoding: $0, as: UTF8.self) }
            guard !words.contains("worker"), !words.contains("cache") else { continue }
            let key = "\(server.kind)\u{0}\(server.container ?? "")\u{0}\(words)"
            guard read.insert(key).inserted else { continue }
            guard read.count <= Self.serversMax else {
                dropped += 1
                continue
            }
            take(server, words, ServerFiles(root: Self.root(server, paths)))
        }
    }

    private static func root(_ server: ServerProcess, _ paths: AgentPaths) -> String {
        if server.container != nil { return "\(server.process)/root" }
        guard let root = DiscoveryFiles.link("\(server.process)/root"), root != "/" else {
            return paths.rootfs
        }
        return paths.root(root)
    }

    private mutating func take(_ server: ServerProcess, _ words: [String], _ files: ServerFiles) {
        switch server.kind {
        case .nginx:
            let found = NginxConfiguration(files, words: words)
            dropped += found.dropped
            take(found.logs, server, files)
        case .apache2, .httpd:
            let found = ApacheConfiguration(files, words: words)
            dropped += found.dropped
            take(found.logs, server, files)
        case .haproxy:
            let found = HAProxyConfiguration(files, words: words)
            dropped += found.dropped
            guard let format = found.format else { return }
            let log = ServerLog(kind: .access, path: Self.haproxyLog, format: format, origin: found.origin)
            if let container = server.container {
                ofContainers[container] = log
            } else {
                byPath[log.path] = log
            }
        }
    }

    private mutating func take(_ found: [ServerLog], _ server: ServerProcess, _ files: ServerFiles) {
        if server.container == nil, !found.isEmpty { told.insert(server.kind.rawValue) }
        for log in found {
            guard let container = server.container else {
                // Of two that write the same file the first holds.
                guard byPath[log.path] == nil else { continue }
                byPath[log.path] = log
                logs.append((server.program, log))
                continue
            }
            // Images link their logs to the standard output, which the container's own log is made of.
            let target = DiscoveryFiles.link(files.root + log.path) ?? log.path
            let isOutput = target == "/dev/stdout" || target.hasSuffix("/fd/1")
            if log.kind == .access, isOutput, ofContainers[container] == nil { ofContainers[container] = log }
        }
    }
}
