import Glibc

/// Services of OpenRC, which runs machines without systemd: those that were started, or failed to.
///
/// One of which a daemon is gone has crashed, as `rc-status --crashed` lists it: librc keeps in `/run/openrc/daemons/SERVICE` a
/// file for each daemon with the pid file that it was started with (OpenRC, src/librc/librc-daemon.c). A daemon without one is
/// not looked for, nor one whose pid file we may not read.
enum OpenRC {
    private static let servicesMax = 1024
    private static let daemonsMax = 16
    /// Files of a line or two.
    private static let bytesMax = 4096

    /// Each as a unit that is `active` or `failed`, by name; nil where OpenRC does not run this machine.
    static func services(_ paths: AgentPaths) -> [SystemdUnit]? {
        let root = paths.root("/run/openrc")
        guard unsafe access("\(root)/softlevel", F_OK) == 0 else { return nil }
        let buffer = ProbeBuffer()
        let failed = Set(names("\(root)/failed", buffer) + names("\(root)/crashed", buffer))
        let all = failed.union(names("\(root)/started", buffer)).sorted().prefix(servicesMax)
        return all.map { name in
            let isWell = !failed.contains(name) && !hasCrashed("\(root)/daemons/\(name)", paths, buffer)
            var unit = SystemdUnit(
                name: name, loadState: "loaded", activeState: isWell ? "active" : "failed", path: "")
            unit.type = "openrc"
            return unit
        }
    }

    private static func names(_ path: String, _ buffer: ProbeBuffer) -> [String] {
        var folder = ProcFolder(path)
        return (try? folder.names(buffer)) ?? []
    }

    private static func hasCrashed(_ folder: String, _ paths: AgentPaths, _ buffer: ProbeBuffer) -> Bool {
        names(folder, buffer).prefix(daemonsMax).contains { daemon in
            guard case .text(let text) = read("\(folder)/\(daemon)"),
                let line = text.split(separator: "\n").last(where: { $0.hasPrefix("pidfile=/") })
            else { return false }
            switch read(paths.root(String(line.dropFirst("pidfile=".count)))) {
            case .text(let text):
                return text.split { $0.isWhitespace }.first.map { isGone($0, paths) } ?? true
            case .absent: return true
            case .refused: return false
            }
        }
    }

    /// Neither to be signalled nor in the watched /proc: we may be in a container beside it, and it may hide others' processes.
    private static func isGone(_ number: Substring, _ paths: AgentPaths) -> Bool {
        guard let pid = pid_t(number.prefix { $0.isNumber }), pid > 0 else { return false }
        guard kill(pid, 0) != 0, errno == ESRCH else { return false }
        return unsafe access(paths.proc("\(pid)"), F_OK) != 0
    }

    private enum Content {
        case text(String)
        case absent
        /// Not ours to read, or no file: nothing is known.
        case refused
    }

    /// A service's user may have put anything in the place of its pid file: what is no file is not waited for.
    private static func read(_ path: String) -> Content {
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT ? .absent : .refused }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            return .refused
        }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
        }
        guard count >= 0 else { return .refused }
        return .text(String(decoding: bytes.prefix(count), as: UTF8.self))
    }
}
