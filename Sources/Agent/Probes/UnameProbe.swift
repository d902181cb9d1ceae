import Telemetry
import Wire

/// The kernel's names, as labels of a series that is always 1; /proc/sys/kernel, and cpuinfo's folder for the machine.
package final class UnameProbe: Probe {
    package let name = "uname"
    package let tier = Tier.minute
    private let paths: AgentPaths
    private let buffer: ProbeBuffer
    /// The two names that change while a kernel runs.
    private var host: ProbeFile
    private var domain: ProbeFile
    private var hostBytes: [UInt8] = []
    private var domainBytes: [UInt8] = []
    private var slot = -1

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        self.paths = paths
        self.buffer = buffer
        host = ProbeFile(paths.proc("sys/kernel/hostname"), buffer)
        domain = ProbeFile(paths.proc("sys/kernel/domainname"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let isHostNew = try Self.changed(&host, &hostBytes)
        let isDomainNew = try Self.changed(&domain, &domainBytes)
        if slot < 0 || isHostNew || isDomainNew { define(&readings) }
        readings[slot] = 1
    }

    private func define(_ readings: inout Readings) {
        func text(_ name: String) -> String { Attribute.text(paths.proc("sys/kernel/\(name)"), buffer) ?? "" }
        let labels: Labels = [
            "sysname": text("ostype"), "release": text("osrelease"), "version": text("version"),
            "machine": KernelName.machine, "nodename": text("hostname"), "domainname": text("domainname"),
        ]
        if slot >= 0 { readings.retire(slot) }
        slot = readings.define(SeriesDefinition(SeriesKey("node_uname_info", labels), .gauge))
    }

    private static func changed(_ file: inout ProbeFile, _ known: inout [UInt8]) throws(ProbeError) -> Bool {
        let new: [UInt8]? = try file.read { (bytes) throws(ProbeError) in
            Fields.equal(bytes, 0..<bytes.count, known) ? nil : Fields.array(bytes, 0..<bytes.count)
        }
        guard let new else { return false }
        known = new
        return true
    }
}
