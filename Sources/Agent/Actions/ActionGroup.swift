import CLinux
import Glibc

/// A control group of an order's own, below the agent's where that was handed to it (systemd: Delegate=yes); cgroup v2.
/// What a script starts cannot leave it, and `cgroup.kill` ends all of it at once.
struct ActionGroup: Sendable {
    let folder: String

    /// Where cgroup v2 is; beside v1 systemd has it in a folder of its own.
    private static let root: String = {
        let unified = "/sys/fs/cgroup/unified"
        return unsafe access("\(unified)/cgroup.procs", F_OK) == 0 ? unified : "/sys/fs/cgroup"
    }()

    /// The agent's own group where it may be divided; nil where it may not.
    static let base: String? = {
        let text = ProcessTree.text("/proc/self/cgroup")
        for line in text.split(separator: "\n") where line.hasPrefix("0::/") {
            let folder = root + line.dropFirst(3)
            return unsafe clinux_is_delegated(folder) == 1 ? folder : nil
        }
        return nil
    }()

    /// The group of an order, below `base`.
    init?(_ id: String, base: String? = ActionGroup.base) {
        guard let base else { return nil }
        folder = "\(base)/martlet-action-\(id)"
    }

    /// Open for the first process; -1 where the group cannot be made.
    func make() -> Int32 {
        guard unsafe mkdir(folder, 0o755) == 0 || errno == EEXIST else { return -1 }
        return unsafe open("\(folder)/cgroup.procs", O_WRONLY | O_CLOEXEC)
    }

    var processes: [Int32] {
        ProcessTree.text("\(folder)/cgroup.procs").split(separator: "\n").compactMap { Int32($0) }
    }

    /// Whether anything lives in it or below it.
    var isPopulated: Bool {
        ProcessTree.text("\(folder)/cgroup.events").split(separator: "\n").contains { $0 == "populated 1" }
    }

    /// Kills whatever is in it and below, those that it starts meanwhile among them; since Linux 5.14.
    func kill() {
        let descriptor = unsafe open("\(folder)/cgroup.kill", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = unsafe write(descriptor, "1", 1)
        close(descriptor)
    }

    func remove() { _ = unsafe rmdir(folder) }
}

/// Who descends from whom, read out of /proc as it is now.
enum ProcessTree {
    /// A process as /proc/PID/stat has it.
    struct Process: Equatable {
        let pid: Int32
        let parent: Int32
        let name: String
        let isZombie: Bool
    }

    /// The pids of its own children, zombies among them.
    static func children(of parent: Int32) -> [Int32] {
        all().filter { $0.parent == parent }.map(\.pid)
    }

    /// Everything that descends from `ancestor`, but zombies.
    static func descendants(of ancestor: Int32) -> [Process] {
        var children: [Int32: [Process]] = [:]
        for process in all() { children[process.parent, default: []].append(process) }
        var found: [Process] = []
        var next = children[ancestor] ?? []
        while let process = next.popLast() {
            found.append(process)
            next += children[process.pid] ?? []
        }
        return found.filter { !$0.isZombie }
    }

    /// Processes in whose environment an order's id is: what is left of one whose runner was killed.
    static func bearing(_ id: String) -> [Process] {
        let word = Array("\(ActionRun.idVariable)=\(id)".utf8)
        return all().filter { process in
            guard !process.isZombie, process.pid != getpid() else { return false }
            return bytes("/proc/\(process.pid)/environ", limit: 1 << 17).split(separator: 0)
                .contains { $0.elementsEqual(word) }
        }
    }

    private static func all() -> [Process] {
        var buffer: [UInt8] = []
        let names = FolderListing.read("/proc", into: &buffer) ?? []
        return names.compactMap { entry in Int32(entry.name).flatMap(process) }
    }

    /// proc_pid_stat(5): pid (comm) state ppid; the name may hold blanks and brackets.
    private static func process(_ pid: Int32) -> Process? {
        let line = bytes("/proc/\(pid)/stat", limit: 4096)
        guard let open = line.firstIndex(of: 0x28), let close = line.lastIndex(of: 0x29), open < close else {
            return nil
        }
        let fields = line[(close + 1)...].split(separator: 0x20)
        guard fields.count > 1, let parent = Int32(String(decoding: fields[1], as: UTF8.self)) else {
            return nil
        }
        return Process(
            pid: pid, parent: parent, name: String(decoding: line[(open + 1)..<close], as: UTF8.self),
            isZombie: fields[0].first == 0x5A)
    }

    static func text(_ path: String) -> String {
        String(decoding: bytes(path, limit: 1 << 16), as: UTF8.self)
    }

    /// A file of a pseudo filesystem, which tells no size.
    static func bytes(_ path: String, limit: Int) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var done = 0
        while done < limit {
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress! + done, limit - done)
            }
            if got < 0, errno == EINTR { continue }
            if got <= 0 { break }
            done += got
        }
        return Array(bytes[..<done])
    }
}
