/// The control groups that are shown: units of systemd, users' slices and containers, as /sys/fs/cgroup has them now;
/// cgroup v2, kernel's cgroup-v2 document. Shared by the probes that read their files.
///
/// Only folders that hold others are listed, once in ten seconds; of the rest the name tells what they are.
package final class CgroupTree {
    /// A cgroup whose use is told.
    struct Group: Hashable {
        /// Its folder.
        let path: String
        /// Whether it is a container; else a unit.
        let isContainer: Bool
        /// The value of the label `unit` or `container`.
        let name: String
    }

    private enum Parts {
        /// Units and containers.
        case all
        /// Containers only: what runs in a user's session is summed up in the slice of the user.
        case containers
        /// Every folder is a container: below `lxc`.
        case machines
    }

    /// Groups that are shown, folders that are listed, and how deep.
    package static let groupsMax = 512
    private static let foldersMax = 2048
    private static let depthMax = 10
    private static let walkNanoseconds: UInt64 = 9_500_000_000
    private static let folders: Set<String> = [
        "docker", "kubepods", "besteffort", "burstable", "guaranteed", "libpod_parent", "machine", "ecs",
        "actions_job", "containerd", "k8s.io",
    ]

    private let root: String
    private let buffer: ProbeBuffer
    private let reader: PatientReader
    private let containers: ContainerNames
    private(set) var groups: [Group] = []
    /// Goes up whenever `groups` are others.
    private(set) var generation: UInt64 = 0
    /// Groups that were not taken because a limit was reached.
    private(set) var leftOut = 0
    /// By path.
    private var names: [String: String] = [:]
    private var isAsking = false
    private var found: [(path: String, owner: CgroupOwner)] = []
    private var listed = 0
    private var walkedAt: UInt64 = 0

    package init(
        _ paths: AgentPaths, _ buffer: ProbeBuffer, _ reader: PatientReader, _ containers: ContainerNames
    ) {
        root = paths.sys("fs/cgroup")
        self.buffer = buffer
        self.reader = reader
        self.containers = containers
    }

    /// Looks for groups that came or went, if it is time to; `.notApplicable` where there is no version 2.
    func refresh(at now: TickTime) throws(ProbeError) {
        let time = now.bootNanoseconds
        defer { reader.tick(at: time) }
        guard walkedAt == 0 || time &- walkedAt >= Self.walkNanoseconds else { return }
        guard Attribute.text("\(root)/cgroup.controllers", buffer) != nil else {
            throw .notApplicable(reason: reason)
        }
        walkedAt = time
        found.removeAll(keepingCapacity: true)
        leftOut = 0
        listed = 0
        try walk(root, parent: "", .all, depth: 0)
        askNames()
        show()
    }

    private var reason: String {
        let isFirst = ["cpu", "cpuacct", "cpu,cpuacct", "unified"].contains {
            Attribute.text("\(root)/\($0)/cgroup.procs", buffer) != nil
        }
        return isFirst ? "this host's control groups are version 1" : "no control groups are mounted here"
    }

    private func walk(_ path: String, parent: Substring, _ parts: Parts, depth: Int) throws(ProbeError) {
        guard depth < Self.depthMax, listed < Self.foldersMax else {
            leftOut += 1
            return
        }
        listed += 1
        var folder = ProcFolder(path)
        var names: [String] = []
        do {
            try folder.list(buffer) { bytes, name in
                // The byte before the name is its type: DT_DIR, or unknown.
                let type = bytes[name.lowerBound - 1]
                if type == 4 || type == 0 { names.append(Fields.text(bytes, name)) }
            }
        } catch {
            // A folder that is gone by now; the root's is an error.
            if depth == 0 { throw error }
            return
        }
        for name in names.sorted() { try take(name[...], in: path, parent: parent, parts, depth) }
    }

    private func take(
        _ name: Substring, in path: String, parent: Substring, _ parts: Parts, _ depth: Int
    ) throws(ProbeError) {
        let folder = "\(path)/\(name)"
        if parts == .machines { return add(folder, .machine(String(name))) }
        if name == "lxc" || name == "lxc.payload" {
            return try walk(folder, parent: name, .machines, depth: depth + 1)
        }
        if name.hasPrefix("user-"), name.hasSuffix(".slice") {
            add(folder, .unit(String(name)))
            return try walk(folder, parent: name, .containers, depth: depth + 1)
        }
        if Self.holdsOthers(name) || (parts == .containers && name.hasPrefix("user@")) {
            return try walk(folder, parent: name, parts, depth: depth + 1)
        }
        guard let owner = CgroupOwner(component: name, parent: parent) else { return }
        if case .unit = owner, parts == .containers { return }
        // conmon and the like watch a container; they are not one.
        if name.split(separator: "-").contains("conmon") { return }
        add(folder, owner)
    }

    private static func holdsOthers(_ name: Substring) -> Bool {
        name.hasSuffix(".slice") || name.hasPrefix("pod") || folders.contains(String(name))
    }

    private func add(_ path: String, _ owner: CgroupOwner) {
        guard found.count < Self.groupsMax else {
            leftOut += 1
            return
        }
        found.append((path, owner))
    }

    /// A container is shown when its name is known, so that its series need not change theirs.
    private func askNames() {
        isAsking = true
        for (path, owner) in found where names[path] == nil {
            containers.name(owner) { [weak self] name in
                self?.names[path] = name
                if self?.isAsking == false { self?.show() }
            }
        }
        isAsking = false
        let paths = Set(found.map(\.path))
        for path in names.keys where !paths.contains(path) { names[path] = nil }
    }

    private func show() {
        var new: [Group] = []
        var taken: Set<String> = []
        for (path, owner) in found {
            guard let name = names[path] else { continue }
            var isContainer = true
            if case .unit = owner { isContainer = false }
            // Two of one name would be one series.
            guard taken.insert("\(isContainer) \(name)").inserted else { continue }
            new.append(Group(path: path, isContainer: isContainer, name: name))
        }
        guard new != groups else { return }
        groups = new
        generation &+= 1
    }
}
