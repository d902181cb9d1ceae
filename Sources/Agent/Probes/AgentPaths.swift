/// Where the pseudo filesystems are, as node_exporter's --path options move them.
package struct AgentPaths: Equatable, Sendable {
    package var procfs: String
    package var sysfs: String
    package var rootfs: String

    package init(procfs: String = "/proc", sysfs: String = "/sys", rootfs: String = "/") {
        self.procfs = procfs
        self.sysfs = sysfs
        self.rootfs = rootfs
    }

    package func proc(_ path: String) -> String { "\(procfs)/\(path)" }
    package func sys(_ path: String) -> String { "\(sysfs)/\(path)" }

    /// `path` of the watched root as a path of our own.
    package func root(_ path: String) -> String {
        rootfs == "/" ? path : rootfs + path
    }
}
