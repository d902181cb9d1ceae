import Glibc

/// What is read once of a process that is shown: its arguments and its control group, by a child; and names of users.
final class ProcessDetails {
    /// Which process, and that it still is the same one.
    struct Identity {
        let pid: Int32
        let startTicks: UInt64
    }

    enum Found {
        case commandLine(String)
        case unit(String)
    }

    private let paths: AgentPaths
    private let reader: PatientReader
    private let containers: ContainerNames
    private let commandLines: AgentArguments.CommandLines
    private var users: UserNames
    private var usersAskedAt: UInt64
    /// Told what was found; the process may be gone by then.
    var report: (Identity, Found) -> Void = { _, _ in }

    private static let cgroupBytesMax = 8192
    /// A larger /etc/passwd is read so far.
    private static let passwdBytesMax = 1 << 18
    private static let usersAgeNanoseconds: UInt64 = 60_000_000_000

    init(
        _ paths: AgentPaths, _ reader: PatientReader, _ containers: ContainerNames,
        _ commandLines: AgentArguments.CommandLines
    ) {
        self.paths = paths
        self.reader = reader
        self.containers = containers
        self.commandLines = commandLines
        // The first reading is at the start, before anything waits for a tick.
        users = UserNames(Array((Attribute.text(paths.root("/etc/passwd"), ProbeBuffer()) ?? "").utf8))
        usersAskedAt = 0
    }

    var isIdle: Bool { reader.isIdle }

    func tick(at time: UInt64) {
        reader.tick(at: time)
    }

    func ask(_ process: Identity) {
        let folder = paths.proc("\(process.pid)")
        if commandLines != .name {
            let isMasked = commandLines == .masked
            _ = reader.ask("\(folder)/cmdline", limit: CommandLineMask.bytesMax) { [weak self] bytes in
                guard let bytes else { return }
                self?.report(process, .commandLine(CommandLineMask.text(bytes, isMasked: isMasked)))
            }
        }
        _ = reader.ask("\(folder)/cgroup", limit: Self.cgroupBytesMax) { [weak self] bytes in
            guard let self, let owner = bytes.flatMap({ CgroupOwner(processFile: $0) }) else { return }
            containers.name(owner) { self.report(process, .unit($0)) }
        }
    }

    func user(_ number: UInt32, at time: UInt64) -> String {
        if !users.knows(number), time &- usersAskedAt >= Self.usersAgeNanoseconds {
            usersAskedAt = time
            _ = reader.ask(paths.root("/etc/passwd"), limit: Self.passwdBytesMax) { [weak self] bytes in
                if let bytes { self?.users = UserNames(bytes) }
            }
        }
        return users[number]
    }
}
