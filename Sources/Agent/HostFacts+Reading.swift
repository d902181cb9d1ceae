import Glibc
package import Telemetry

/// What uname(2) says of this kernel.
package enum KernelName {
    /// The hardware's name, as `x86_64`.
    package static var machine: String {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return "" }
        return unsafe withUnsafeBytes(of: &names.machine) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

extension HostFacts {
    /// Reads this host's facts; what cannot be read stays empty.
    package static func read(_ paths: AgentPaths) -> HostFacts {
        let buffer = ProbeBuffer()
        func proc(_ path: String) -> String { Attribute.text(paths.proc(path), buffer) ?? "" }
        var facts = HostFacts()
        facts.kernelName = proc("sys/kernel/hostname")
        facts.kernelRelease = proc("sys/kernel/osrelease")
        facts.machine = KernelName.machine
        facts.bootID = proc("sys/kernel/random/boot_id")
        facts.machineID = Attribute.text(paths.root("/etc/machine-id"), buffer) ?? ""
        facts.operatingSystem = prettyName(Attribute.text(paths.root("/etc/os-release"), buffer) ?? "")
        facts.agentVersion = martletVersion
        for line in proc("cpuinfo").split(separator: "\n") {
            if line.hasPrefix("processor") { facts.onlineCPUs += 1 }
            if facts.cpuModel.isEmpty, line.hasPrefix("model name"), let colon = line.firstIndex(of: ":") {
                facts.cpuModel = String(line[line.index(after: colon)...].drop { $0 == " " })
            }
        }
        facts.memoryBytes = number(after: "MemTotal:", in: proc("meminfo")) &* 1024
        facts.bootTime = Timestamp(seconds: Int64(clamping: number(after: "btime", in: proc("stat"))))
        return facts
    }

    private static func prettyName(_ release: String) -> String {
        for line in release.split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
            return String(line.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" })
        }
        return ""
    }

    private static func number(after name: String, in text: String) -> UInt64 {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(separator: " ").first.flatMap { UInt64($0) } ?? 0
        }
        return 0
    }
}
