import Glibc
import RequestLogs

/// What runs on this host: programs that listen, their logs, and how those are written.
package struct Discovery: Sendable {
    package private(set) var programs: [DiscoveredProgram] = []
    package private(set) var logs: [DiscoveredLog] = []
    /// Processes whose descriptors this user may not see.
    package private(set) var hidden = 0
    /// Files that are written by programs that are no services, and that no format reads.
    package private(set) var noise = 0
    /// Processes, descriptors, logs and containers that a bound kept from being looked at.
    package private(set) var dropped = 0

    /// From this on a log is followed without being asked for.
    package static let confidenceMin = 0.5
    /// With fewer lines a log tells no format.
    package static let tellingLines = 3
    private static let logsMax = 1024
    /// Of a log's start: some 200 lines, which tell the format of any log that is known.
    private static let sampleBytes = 48 * 1024

    /// Where servers write by their packages' defaults, for a user who may not see what they have open.
    private static let wellKnown: [(service: String, program: String, paths: [String])] = [
        ("nginx", "nginx", ["/var/log/nginx/access.log", "/var/log/nginx/error.log"]),
        (
            "apache2", "apache2",
            [
                "/var/log/apache2/access.log", "/var/log/apache2/error.log",
                "/var/log/apache2/other_vhosts_access.log",
            ]
        ),
        ("httpd", "httpd", ["/var/log/httpd/access_log", "/var/log/httpd/error_log"]),
        ("haproxy", "haproxy", ["/var/log/haproxy.log"]),
        ("caddy", "caddy", ["/var/log/caddy/access.log"]),
        ("mysql", "mysqld", ["/var/log/mysql/mysql-slow.log", "/var/log/mysql/error.log"]),
        ("mariadb", "mariadbd", ["/var/log/mysql/mariadb-slow.log", "/var/log/mysql/error.log"]),
        ("mongodb", "mongod", ["/var/log/mongodb/mongod.log"]),
    ]

    /// Looks at everything once; takes a part of a second where there are thousands of descriptors.
    package init(_ paths: AgentPaths) {
        var engines = ContainerLogs(root: paths.rootfs)
        engines.refresh()
        dropped += engines.dropped
        let open = OpenLogs(paths, containers: engines.containers.mapValues(\.name))
        hidden = open.hidden
        dropped += open.dropped
        let servers = ServerLogs(open.servers, paths)
        dropped += servers.dropped
        for log in open.logs {
            let program = open.programs[log.program]
            add(
                Self.service(program), log.path, isDeleted: log.isDeleted, isOfService: program.isService,
                servers.byPath[log.path], paths)
        }
        for (program, log) in servers.logs where Self.isPlain(log.path) {
            add(Self.service(open.programs[program]), log.path, isOfService: true, log, paths)
        }
        for server in Self.wellKnown {
            let isRunning =
                open.names.contains(server.program) && !servers.told.contains(server.program)
            for path in server.paths {
                add(server.service, path, isOfService: isRunning, servers.byPath[path], paths)
            }
        }
        let hasPostgres = open.names.contains("postgres")
        for name in names(paths.root("/var/log/postgresql"), max: 64) where name.hasSuffix(".log") {
            add("postgresql", "/var/log/postgresql/\(name)", isOfService: hasPostgres, nil, paths)
        }
        let byName = engines.containers.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
        for container in byName {
            add(
                Self.service(named: container.name), container.log, isOfService: container.isRunning,
                servers.ofContainers[container.id], container: container.name, paths)
        }
        noise = logs.count { $0.isNoise }
        logs.removeAll { $0.isNoise }
        logs.sort { ($0.service, $0.path) < ($1.service, $1.path) }
        // A program that neither listens nor writes a log worth naming is nobody's service.
        programs = open.programs.filter { program in
            program.isService || logs.contains { $0.service == Self.service(program) }
        }
        programs.sort { ($0.name, $0.owner) < ($1.name, $1.owner) }
    }

    /// What an agent without a configuration follows.
    package static func logs(_ paths: AgentPaths) -> [LogSpec] {
        let text = DiscoveryText.text(Discovery(paths), .conf)
        return DiscoveryProposal(Array(text.utf8), paths).specs
    }

    private mutating func names(_ path: String, max: Int) -> [String] {
        let (names, more) = DiscoveryFiles.names(path, max: max) ?? ([], 0)
        dropped += more
        return names
    }

    /// Whether a path can stand in a configuration as it is: no control characters and nothing that is a glob there.
    static func isPlain(_ path: String) -> Bool {
        path.utf8.allSatisfy { byte in
            byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "*") && byte != UInt8(ascii: "?")
                && byte != UInt8(ascii: "[")
        }
    }

    private static func service(_ program: DiscoveredProgram) -> String {
        let name = program.owner.hasSuffix(".scope") || program.owner.isEmpty ? program.name : program.owner
        return service(named: name.hasSuffix(".service") ? name.dropLast(".service".utf8.count) : name[...])
    }

    /// What a section of agent.conf may be called; there is room for a number behind it.
    private static func service(named name: some StringProtocol) -> String {
        var word = name.utf8.prefix(56).map { byte in
            ConfigurationValue.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                ? byte : UInt8(ascii: "-")
        }
        if !(word.first.map(ConfigurationValue.isAlphanumeric) ?? false) {
            word.insert(UInt8(ascii: "x"), at: 0)
        }
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func add(
        _ service: String, _ path: String, isDeleted: Bool = false, isOfService: Bool,
        _ configured: ServerLog?, container: String? = nil, _ paths: AgentPaths
    ) {
        let place = paths.root(path)
        guard !logs.contains(where: { $0.path == path }) else { return }
        guard logs.count < Self.logsMax else {
            dropped += 1
            return
        }
        var log = DiscoveredLog(
            service: service, path: path, isDeleted: isDeleted, isOfService: isOfService)
        log.configured = configured
        log.container = container
        if !isDeleted {
            switch DiscoveryFiles.access(place) {
            case .missing: return
            case .refused:
                let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
                // Of a folder that is closed nothing is known, so it is told once.
                if DiscoveryFiles.facts(place) == nil,
                    logs.contains(where: { $0.refusal != nil && $0.path.hasPrefix("\(folder)/") })
                {
                    return
                }
                log.refusal = LogCheck.remedy(place, EACCES)
            case .readable: Self.read(place, &log)
            }
        }
        logs.append(log)
    }

    /// Tells the format: what its server's configuration says if its first lines are so, else what reads most of them.
    private static func read(_ place: String, _ log: inout DiscoveredLog) {
        let bytes = DiscoveryFiles.bytes(place, limit: sampleBytes) ?? []
        // A line that the bound cut is no line.
        let end = bytes.count < sampleBytes ? bytes.count : (bytes.lastIndex(of: 0x0A) ?? bytes.count)
        let sample = bytes.span.extracting(0..<end)
        log.lines = bytes[..<end].count { $0 == 0x0A }
        if let configured = log.configured, configured.kind == .access, configured.format != "auto" {
            log.isAsConfigured = false
            if let choice = try? LogFormats.choice(configured.format), case .fixed(let format) = choice {
                let fitted = format.fitted(to: sample)
                let confidence = share(of: sample, readBy: fitted)
                if confidence.map({ $0 >= confidenceMin }) ?? true {
                    log.isAsConfigured = confidence == nil ? nil : true
                    log.format = fitted.name
                    log.confidence = confidence ?? 0
                    return
                }
            }
        }
        guard let best = Detector.candidates(sample, family: nil).first else { return }
        log.format = best.format.name
        log.confidence = best.confidence
    }

    /// The share of lines that a format reads; nil where there is none that it should.
    private static func share(of sample: Span<UInt8>, readBy format: LogFormat) -> Double? {
        var summary = LogSummary()
        var reader = LogReader(format)
        var buffer = LineBuffer()
        var offset = 0
        while offset < sample.count {
            offset += buffer.append(sample, from: offset)
            reader.read(&buffer, isFinal: offset == sample.count, into: &summary)
        }
        let read = Double(summary.requests) + Double(summary.entries.count)
        let all = read + Double(summary.unparsed.count)
        return all > 0 ? read / all : nil
    }
}
