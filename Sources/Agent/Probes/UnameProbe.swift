import Telemetry
import Wire

/// The kernel's names, as labels of a series that is always 1; /proc/sys/kernel, and cpuinfo's folder for the machine.
package final class UnameProbe: Probe {
    package let name = "uname"
    package let tier = Tier.minute
    private let paths: AgentPaths
    private let buffer: ProbeBuffer
    private var slot = -1
    private var labels = Labels()

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        self.paths = paths
        self.buffer = buffer
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let folder = paths.proc("sys/kernel")
        func text(_ name: String) -> String { Attribute.text("\(folder)/\(name)", buffer) ?? "" }
        guard let release = Attribute.text("\(folder)/osrelease", buffer) else {
            throw .unreadable(path: "\(folder)/osrelease", errno: 2)
        }
        let found: Labels = [
            "sysname": text("ostype"), "release": release, "version": text("version"),
            "machine": KernelName.machine,
            "nodename": text("hostname"), "domainname": text("domainname"),
        ]
        if found != labels {
            if slot >= 0 { readings.retire(slot) }
            labels = found
            slot = readings.define(SeriesDefinition(SeriesKey("node_uname_info", found), .gauge))
        }
        readings[slot] = 1
    }
}
