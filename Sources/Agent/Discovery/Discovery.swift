import RequestLogs

/// What runs on this host: programs that listen, their logs, and how those are written.
package struct Discovery: Sendable {
    package private(set) var programs: [DiscoveredProgram] = []
    package private(set) var logs: [DiscoveredLog] = []
    /// Processes whose descriptors this user may not see.
    package private(set) var hidden = 0

    /// From this on a log is followed without being asked for.
    package static let confidenceMin = 0.5
    private static let containersMax = 1024
    private static let logsMax = 1024
    /// Docker's description of a container is a few kilobytes long.
    private static let descriptionBytesMax = 1 << 18
    /// Of a log's start: some 200 lines, which tell the format of any log that is known.
    private static let sampleBytes = 48 * 1024

    /// Where servers write by their packages' defaults, for a user who may not see what they have open.
    private static let wellKnown: [(service: String, path: String)] = [
        ("nginx", "/var/log/nginx/access.log"), ("nginx", "/var/log/nginx/error.log"),
        ("apache2", "/var/log/apache2/access.log"), ("apache2", "/var/log/apache2/error.log"),
        ("apache2", "/var/log/apache2/other_vhosts_access.log"),
        ("httpd", "/var/log/httpd/access_log"), ("httpd", "/var/log/httpd/error_log"),
        ("haproxy", "/var/log/haproxy.log"), ("caddy", "/var/log/caddy/access.log"),
        ("mysql", "/var/log/mysql/mysql-slow.log"), ("mysql", "/var/log/mysql/error.log"),
        ("mariadb", "/var/log/mysql/mariadb-slow.log"), ("mongodb", "/var/log/mongodb/mongod.log"),
    ]

    /// Looks at everything once; takes a part of a second where there are thousands of descriptors.
    package init(_ paths: AgentPaths) {
        let root = "/var/lib/docker/containers"
        var containers: [String: String] = [:]
        for id in DiscoveryFiles.names(paths.root(root), max: Self.containersMax) ?? [] {
            let description = paths.root("\(root)/\(id)/config.v2.json")
            guard let bytes = DiscoveryFiles.bytes(description, limit: Self.descriptionBytesMax),
                let name = ContainerNames.name(inDescription: bytes)
            else { continue }
            containers[id] = name
        }
        let open = OpenLogs(paths, containers: containers)
        hidden = open.hidden
        programs = open.programs.sorted { ($0.name, $0.owner) < ($1.name, $1.owner) }
        var groups = GroupNames(paths)
        for log in open.logs {
            let program = open.programs[log.program]
            let service = Self.service(program)
            add(service, log.path, isDeleted: log.isDeleted, paths, &groups)
        }
        for log in Self.wellKnown { add(log.service, log.path, isDeleted: false, paths, &groups) }
        for name in DiscoveryFiles.names(paths.root("/var/log/postgresql"), max: 64) ?? []
        where name.hasSuffix(".log") {
            add("postgresql", "/var/log/postgresql/\(name)", isDeleted: false, paths, &groups)
        }
        for (id, name) in containers.sorted(by: { $0.value < $1.value }) {
            add(name, "\(root)/\(id)/\(id)-json.log", isDeleted: false, paths, &groups)
        }
        logs.sort { ($0.service, $0.path) < ($1.service, $1.path) }
    }

    /// What an agent without a configuration follows: logs that it may read and whose format is plain, one spec a service.
    package static func logs(_ paths: AgentPaths) -> [LogSpec] {
        var specs: [LogSpec] = []
        for log in Discovery(paths).logs where log.isFollowed {
            if let known = specs.firstIndex(where: { $0.service == log.service }) {
                specs[known].paths.append(paths.root(log.path))
            } else {
                specs.append(LogSpec(service: log.service, paths: [paths.root(log.path)]))
            }
        }
        return specs
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
        let base = name.hasSuffix(".service") ? name.dropLast(".service".utf8.count) : name[...]
        let word = base.utf8.map { byte in
            let isLetter = (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
            return isLetter || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                ? byte : UInt8(ascii: "-")
        }
        return word.isEmpty ? "unnamed" : String(decoding: word, as: UTF8.self)
    }

    private mutating func add(
        _ service: String, _ path: String, isDeleted: Bool, _ paths: AgentPaths, _ groups: inout GroupNames
    ) {
        let place = paths.root(path)
        guard logs.count < Self.logsMax, !logs.contains(where: { $0.path == path }) else { return }
        let facts = DiscoveryFiles.facts(place)
        guard isDeleted || facts != nil else { return }
        var log = DiscoveredLog(
            service: service, path: path, isDeleted: isDeleted,
            isReadable: !isDeleted && DiscoveryFiles.isReadable(place))
        if !isDeleted, log.isReadable {
            let bytes = DiscoveryFiles.bytes(place, limit: Self.sampleBytes) ?? []
            // A line that the bound cut is no line.
            let end =
                bytes.count < Self.sampleBytes ? bytes.count : (bytes.lastIndex(of: 0x0A) ?? bytes.count)
            if let best = Detector.candidates(bytes.span.extracting(0..<end), family: nil).first {
                log.format = best.format.name
                log.confidence = best.confidence
            }
        } else if let facts {
            log.group = groups[facts.group]
        }
        logs.append(log)
    }
}

/// Names of groups, from the watched root's /etc/group.
private struct GroupNames {
    private var names: [UInt32: String] = [:]

    init(_ paths: AgentPaths) {
        for line in (DiscoveryFiles.bytes(paths.root("/etc/group"), limit: 1 << 18) ?? []).split(
            separator: 0x0A)
        {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 3, let number = UInt32(String(decoding: fields[2], as: UTF8.self)) else {
                continue
            }
            names[number] = String(decoding: fields[0], as: UTF8.self)
        }
    }

    subscript(number: UInt32) -> String { names[number] ?? "" }
}
