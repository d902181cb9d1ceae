import Telemetry
import Wire

/// Slaves of each bonding master, and how many of them have a link; kernel's bonding document.
package final class BondingProbe: Probe {
    package let name = "bonding"
    package let tier = Tier.tenSeconds

    private final class Master {
        let name: String
        var slavesFile: ProbeFile
        var slavesText: [UInt8] = []
        var states: [StateFile] = []
        let slaves: Int
        let active: Int

        init(_ name: String, _ file: consuming ProbeFile, slaves: Int, active: Int) {
            self.name = name
            slavesFile = file
            self.slaves = slaves
            self.active = active
        }
    }

    private final class StateFile {
        var file: ProbeFile

        init(_ path: String, _ buffer: ProbeBuffer) {
            file = ProbeFile(path, buffer)
        }
    }

    private let paths: AgentPaths
    private let buffer: ProbeBuffer
    private var mastersFile: ProbeFile
    private var mastersText: [UInt8] = []
    private var masters: [Master] = []

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        self.paths = paths
        self.buffer = buffer
        mastersFile = ProbeFile(paths.sys("class/net/bonding_masters"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let reason = "no bonded interfaces"
        let text = try unlessAbsent(reason) { () throws(ProbeError) in
            try Self.changed(&mastersFile, mastersText)
        }
        if let text { define(text, &readings) }
        guard !masters.isEmpty else { throw .notApplicable(reason: reason) }
        for master in masters { read(master, &readings) }
    }

    private func define(_ text: [UInt8], _ readings: inout Readings) {
        mastersText = text
        for master in masters {
            readings.retire(master.slaves)
            readings.retire(master.active)
        }
        masters = Self.words(text).map { name in
            let labels: Labels = ["master": name]
            return Master(
                name, ProbeFile(paths.sys("class/net/\(name)/bonding/slaves"), buffer),
                slaves: readings.define(SeriesDefinition(SeriesKey("node_bonding_slaves", labels), .gauge)),
                active: readings.define(SeriesDefinition(SeriesKey("node_bonding_active", labels), .gauge)))
        }
    }

    private func read(_ master: Master, _ readings: inout Readings) {
        do throws(ProbeError) {
            if let text = try Self.changed(&master.slavesFile, master.slavesText) {
                master.slavesText = text
                master.states = Self.words(text).map { slave in
                    StateFile(
                        paths.sys("class/net/\(master.name)/lower_\(slave)/bonding_slave/mii_status"), buffer)
                }
            }
        } catch {
            // The master is going: until the list of masters says so, it has a gap.
            readings[master.slaves] = SampleScale.one.absent
            readings[master.active] = SampleScale.one.absent
            return
        }
        readings[master.slaves] = Int64(master.states.count)
        readings[master.active] = Int64(master.states.count { Self.isUp(&$0.file) })
    }

    private static func isUp(_ file: inout ProbeFile) -> Bool {
        do throws(ProbeError) {
            return try file.read { (bytes) throws(ProbeError) in Fields.starts("up", bytes, 0) }
        } catch {
            return false
        }
    }

    /// The file's bytes when they differ from `known`.
    private static func changed(_ file: inout ProbeFile, _ known: [UInt8]) throws(ProbeError) -> [UInt8]? {
        try file.read { (bytes) throws(ProbeError) in
            Fields.equal(bytes, 0..<bytes.count, known) ? nil : Fields.array(bytes, 0..<bytes.count)
        }
    }

    private static func words(_ text: [UInt8]) -> [String] {
        text.split { $0 == 0x20 || $0 == 0x0A }.prefix(wordsMax).map { String(decoding: $0, as: UTF8.self) }
            .filter { !$0.contains("/") }
    }

    /// So many masters, and slaves of one, at most.
    private static let wordsMax = 64
}
