import Glibc
import RequestLogs

/// Finds and reads agent.conf and what lies in agent.conf.d; refuses what others could have written.
package struct ConfigurationFiles {
    package private(set) var files: [(path: String, bytes: [UInt8])] = []
    package private(set) var findings: [ConfigurationFinding] = []

    private static let filesMax = 256

    /// Where to look: the named file (or the folder it lies in) alone, else the first that is there of the usual ones.
    package static func path(_ named: String?) -> String? {
        if let named {
            var facts = stat()
            let isFolder = unsafe stat(named, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
            return absolute(isFolder ? "\(named)/agent.conf" : named)
        }
        return usual.first { unsafe access($0, F_OK) == 0 }
    }

    package static var usual: [String] {
        let value = { (name: String) -> String? in
            guard let text = unsafe getenv(name).map({ unsafe String(cString: $0) }), text.hasPrefix("/")
            else {
                return nil
            }
            return text
        }
        if let folder = value("MARTLET_CONFIG") { return ["\(folder)/agent.conf"] }
        let own = value("XDG_CONFIG_HOME") ?? value("HOME").map { "\($0)/.config" }
        return (own.map { ["\($0)/martlet/agent.conf"] } ?? []) + ["/etc/martlet/agent.conf"]
    }

    /// Reads `path`, then `path.d/*.conf` in byte order of their names.
    package init(_ path: String) {
        take(path)
        let folder = path + ".d"
        var names = LogCheck.names(in: folder).filter {
            $0.hasSuffix(".conf") && $0.utf8.first != UInt8(ascii: ".")
        }
        names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        if names.count > Self.filesMax {
            findings.append(ConfigurationFinding(file: folder, "more than \(Self.filesMax) files; join some"))
        }
        for name in names.prefix(Self.filesMax) { take("\(folder)/\(name)") }
    }

    /// One file and nothing beside it.
    init(alone path: String) { take(path) }

    private mutating func take(_ path: String) {
        if let fault = Self.fault(of: path) {
            findings.append(ConfigurationFinding(file: path, fault))
            return
        }
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "unreadable"
            findings.append(ConfigurationFinding(file: path, "\(reason); name a file that you may read"))
            return
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= ConfigurationText.bytesMax {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                findings.append(ConfigurationFinding(file: path, "cannot be read; name a file"))
                return
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        files.append((path, bytes))
    }

    /// Why the file is not to be trusted: it, or a folder above it, may be written by somebody else.
    private static func fault(of path: String) -> String? {
        var place = path
        while true {
            var facts = stat()
            guard unsafe stat(place, &facts) == 0 else { return nil }
            let isFile = place == path
            if isFile, facts.st_mode & S_IFMT != S_IFREG { return "is no file; name a configuration file" }
            if facts.st_uid != 0, facts.st_uid != geteuid() {
                return "\(place) belongs to another user; run chown root \(place)"
            }
            // In a folder with the sticky bit nobody can replace what is not theirs.
            let isGuarded = !isFile && facts.st_mode & S_ISVTX != 0
            if facts.st_mode & (S_IWGRP | S_IWOTH) != 0, !isGuarded {
                return "\(place) may be written by others; run chmod go-w \(place)"
            }
            guard let slash = place.utf8.lastIndex(of: UInt8(ascii: "/")), place != "/" else { return nil }
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(here) }
        return unsafe "\(String(cString: here))/\(path)"
    }
}

extension AgentConfiguration {
    /// Reads the file at `path` and its drop-ins.
    package static func load(
        _ path: String
    ) -> (configuration: AgentConfiguration, findings: [ConfigurationFinding]) {
        let files = ConfigurationFiles(path)
        var (configuration, findings) = parse(files.files)
        findings += configuration.findZones()
        return (configuration, files.findings + findings)
    }

    /// Takes the rules of the zones that logs name from this host; what is wrong where it has none.
    mutating func findZones() -> [ConfigurationFinding] {
        var findings: [ConfigurationFinding] = []
        for place in logs.indices {
            let log = logs[place]
            guard let rules = HostZone.rules(log.zone) else {
                findings.append(
                    ConfigurationFinding(
                        file: log.file, line: log.line, column: 1,
                        "[log \(log.name)] zone = \(log.zone ?? ""): not known on this host, which has no zone file "
                            + "\(HostZone.folder)/\(log.zone ?? ""); install tzdata, or write its distance, as +02:00"
                    ))
                continue
            }
            logs[place].spec.options.zone = rules
        }
        return findings
    }
}
