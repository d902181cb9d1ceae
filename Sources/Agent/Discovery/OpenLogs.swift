import Glibc

/// What processes listen on and which logs they write, by the links of /proc/PID/fd.
struct OpenLogs {
    /// A log that a process writes; `program` is its place among the programs.
    struct Log {
        let program: Int
        let path: String
        let isDeleted: Bool
    }

    private(set) var programs: [DiscoveredProgram] = []
    private(set) var logs: [Log] = []
    /// Processes of other users, whose descriptors are not shown to this one.
    private(set) var hidden = 0
    /// Names of programs that were seen, also of those that show nothing else.
    private(set) var names: Set<String> = []
    /// Processes, descriptors and logs beyond the bounds.
    private(set) var dropped = 0
    /// Servers whose configuration can be read.
    private(set) var servers: [ServerProcess] = []
    private var places: [String: Int] = [:]
    private var known: Set<String> = []

    private static let processesMax = 20_000
    private static let descriptorsMax = 4096
    private static let logsMax = 512
    private static let serversMax = 4096

    init(_ paths: AgentPaths, containers: [String: String]) {
        let sockets = ListeningSockets(paths)
        var folder = ProcessFolder(paths.procfs)
        guard folder.rewind() else { return }
        var seen = 0
        while let pid = folder.next() {
            seen += 1
            guard seen <= Self.processesMax else {
                dropped += 1
                continue
            }
            look(at: paths.proc("\(pid)"), paths, sockets, containers)
        }
    }

    private mutating func look(
        at process: String, _ paths: AgentPaths, _ sockets: ListeningSockets, _ containers: [String: String]
    ) {
        guard let (descriptors, more) = DiscoveryFiles.names("\(process)/fd", max: Self.descriptorsMax) else {
            hidden += 1
            let name = Self.name(of: process)
            names.insert(name)
            // Its configuration may be open to all.
            if ServerProcess.Kind(rawValue: name) != nil {
                let program = program(process, containers)
                programs[program].processes += 1
            }
            return
        }
        dropped += more
        var ports: Set<UInt16> = []
        var files: [(path: String, isDeleted: Bool)] = []
        for descriptor in descriptors {
            guard let link = DiscoveryFiles.link("\(process)/fd/\(descriptor)") else { continue }
            if let port = sockets.port(ofLink: link) {
                ports.insert(port)
            } else if let file = Self.log(link, descriptor, process, paths) {
                files.append(file)
            }
        }
        guard !ports.isEmpty || !files.isEmpty else { return }
        let program = program(process, containers)
        programs[program].processes += 1
        programs[program].ports.formUnion(ports)
        for file in files where known.insert(file.path).inserted {
            guard logs.count < Self.logsMax else {
                dropped += 1
                continue
            }
            logs.append(Log(program: program, path: file.path, isDeleted: file.isDeleted))
        }
    }

    /// A file that is written and looks like a log: named so, below /var/log, or appended to.
    private static func log(
        _ link: String, _ descriptor: String, _ process: String, _ paths: AgentPaths
    ) -> (path: String, isDeleted: Bool)? {
        let mark = " (deleted)"
        let isDeleted = link.hasSuffix(mark)
        let path = isDeleted ? String(link.dropLast(mark.utf8.count)) : link
        // Docker's own files are found by their containers.
        guard path.hasPrefix("/"), !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/"),
            !path.hasSuffix("-json.log"), Discovery.isPlain(path)
        else { return nil }
        // `flags:` of /proc/PID/fdinfo/FD is octal; proc_pid_fdinfo(5).
        guard let info = DiscoveryFiles.bytes("\(process)/fdinfo/\(descriptor)", limit: 512) else {
            return nil
        }
        var flags: Int32?
        for line in info.split(separator: 0x0A) where line.starts(with: Array("flags:".utf8)) {
            let digits = line.dropFirst(6).drop { $0 == 0x09 || $0 == 0x20 }
            flags = Int32(String(decoding: digits, as: UTF8.self), radix: 8)
        }
        guard let flags, flags & O_ACCMODE != O_RDONLY else { return nil }
        guard path.hasSuffix(".log") || path.hasPrefix("/var/log/") || flags & O_APPEND != 0 else {
            return nil
        }
        if isDeleted { return (path, true) }
        // A process in a container names files of its own root, which are not those of ours.
        guard let here = DiscoveryFiles.facts(paths.root(path)) else { return nil }
        if let there = DiscoveryFiles.facts("\(process)/fd/\(descriptor)"),
            there.inode != here.inode || there.device != here.device
        {
            return nil
        }
        return (path, false)
    }

    private mutating func program(_ process: String, _ containers: [String: String]) -> Int {
        let name = Self.name(of: process)
        names.insert(name)
        let owner = DiscoveryFiles.bytes("\(process)/cgroup", limit: 8192).flatMap {
            CgroupOwner(processFile: $0)
        }
        var ownerName = owner?.name ?? ""
        var container: String?
        if case .container(let id) = owner {
            container = id
            ownerName = containers[id] ?? ownerName
        }
        defer {
            if let kind = ServerProcess.Kind(rawValue: name), let place = places["\(name)\u{0}\(ownerName)"],
                servers.count < Self.serversMax
            {
                servers.append(
                    ServerProcess(kind: kind, process: process, program: place, container: container))
            }
        }
        let key = "\(name)\u{0}\(ownerName)"
        if let place = places[key] { return place }
        places[key] = programs.count
        programs.append(
            DiscoveredProgram(
                name: name, owner: ownerName, exe: DiscoveryFiles.link("\(process)/exe") ?? "", processes: 0,
                ports: []))
        return programs.count - 1
    }

    private static func name(of process: String) -> String {
        let comm = DiscoveryFiles.bytes("\(process)/comm", limit: 64) ?? []
        return String(decoding: comm.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
