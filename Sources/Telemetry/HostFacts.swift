/// What rarely changes about a host; sent at hello and again when it changes.
package struct HostFacts: Hashable, Sendable {
    /// The kernel's own name for the host.
    package var kernelName: String
    package var kernelRelease: String
    package var machine: String
    /// PRETTY_NAME of os-release, or empty.
    package var operatingSystem: String
    package var machineID: String
    package var bootID: String
    package var bootTime: Timestamp
    package var onlineCPUs: Int32
    package var cpuModel: String
    package var memoryBytes: UInt64
    package var agentVersion: String
    /// What the agent found it cannot have here: names of collectors and paths of logs, each with its reason.
    package var notApplicable: [Label]

    package init(
        kernelName: String = "", kernelRelease: String = "", machine: String = "",
        operatingSystem: String = "", machineID: String = "", bootID: String = "",
        bootTime: Timestamp = Timestamp(milliseconds: 0), onlineCPUs: Int32 = 0,
        cpuModel: String = "", memoryBytes: UInt64 = 0, agentVersion: String = "",
        notApplicable: [Label] = []
    ) {
        self.kernelName = kernelName
        self.kernelRelease = kernelRelease
        self.machine = machine
        self.operatingSystem = operatingSystem
        self.machineID = machineID
        self.bootID = bootID
        self.bootTime = bootTime
        self.onlineCPUs = onlineCPUs
        self.cpuModel = cpuModel
        self.memoryBytes = memoryBytes
        self.agentVersion = agentVersion
        self.notApplicable = notApplicable
    }
}
