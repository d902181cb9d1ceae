import Telemetry
import Wire

/// Protocol counters: /proc/net/netstat and /proc/net/snmp (a line of names, a line of values), /proc/net/snmp6.
///
/// The fields are node_exporter's default filter and Tcp_MaxConn, which dashboard 1860 asks for. Their type is
/// untyped there, and so here.
package final class NetstatProbe: Probe {
    package let name = "netstat"
    package let tier = Tier.second
    private var tables: [Table]
    private var six: ProbeFile
    private var sixLines = NamedLines()
    private var hasSix = true

    /// One file of line pairs: the slots of its columns, line by line, -1 where a column is left out.
    private final class Table {
        var file: ProbeFile
        var names: [[UInt8]] = []
        var slots: [[Int]] = []

        init(_ path: String, _ buffer: ProbeBuffer) {
            file = ProbeFile(path, buffer)
        }
    }

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        tables = [Table(paths.proc("net/netstat"), buffer), Table(paths.proc("net/snmp"), buffer)]
        six = ProbeFile(paths.proc("net/snmp6"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        for table in tables {
            try table.file.read { (bytes) throws(ProbeError) in
                var offset = 0
                var pair = 0
                while offset < bytes.count {
                    try Self.readPair(table, pair, bytes, &offset, &readings)
                    pair += 1
                }
            }
        }
        try readSix(&readings)
    }

    private static func readPair(
        _ table: Table, _ pair: Int, _ bytes: Span<UInt8>, _ offset: inout Int, _ readings: inout Readings
    ) throws(ProbeError) {
        let header = until(bytes, &offset)
        if pair == table.names.count {
            table.names.append([])
            table.slots.append([])
        }
        if !Fields.equal(bytes, header, table.names[pair]) { define(table, pair, bytes, header, &readings) }
        // The values' line begins with the same name and colon.
        _ = Fields.word(bytes, &offset)
        for slot in table.slots[pair] {
            guard let value = Fields.signed(bytes, &offset) else {
                throw .malformed(path: "", reason: "fewer values than names in pair \(pair)")
            }
            if slot >= 0 { readings[slot] = value }
        }
        Fields.skipLine(bytes, &offset)
    }

    private static func until(_ bytes: Span<UInt8>, _ offset: inout Int) -> Range<Int> {
        let start = offset
        Fields.skipLine(bytes, &offset)
        return start..<offset
    }

    private static func define(
        _ table: Table, _ pair: Int, _ bytes: Span<UInt8>, _ header: Range<Int>, _ readings: inout Readings
    ) {
        for slot in table.slots[pair] where slot >= 0 { readings.retire(slot) }
        table.names[pair] = Fields.array(bytes, header)
        let words = Fields.text(bytes, header).split(whereSeparator: { $0 == " " || $0 == "\n" })
        let family = words.first.map { String($0.dropLast()) } ?? ""
        table.slots[pair] = words.dropFirst().map { word in
            NetstatFilter.takes(family, String(word))
                ? readings.define(SeriesDefinition(SeriesKey("node_netstat_\(family)_\(word)"), .untyped))
                : -1
        }
    }

    private func readSix(_ readings: inout Readings) throws(ProbeError) {
        guard hasSix else { return }
        do throws(ProbeError) {
            try six.read { (bytes) throws(ProbeError) in
                sixLines.begin()
                var offset = 0
                while offset < bytes.count {
                    let name = Fields.word(bytes, &offset)
                    let slot = sixLines.slot(bytes, name, &readings, definition: NetstatFilter.sixDefinition)
                    if slot >= 0, let value = Fields.signed(bytes, &offset) { readings[slot] = value }
                    Fields.skipLine(bytes, &offset)
                }
                sixLines.end(&readings)
            }
        } catch  where error.isAbsent {
            // IPv6 is switched off: it stays so until the next boot.
            hasSix = false
        }
    }
}

/// Which protocol counters are taken: node_exporter's `--collector.netstat.fields` default, and Tcp_MaxConn.
enum NetstatFilter {
    private static let families: [String: Set<String>] = [
        "Ip": ["Forwarding"], "Ip6": ["InOctets", "OutOctets"], "IpExt": ["InOctets", "OutOctets"],
        "Icmp": ["InMsgs", "OutMsgs"], "Icmp6": ["InMsgs", "OutMsgs"],
        "TcpExt": ["TCPSynRetrans", "TCPTimeouts", "TCPOFOQueue", "TCPRcvQDrop"],
        "Tcp": [
            "ActiveOpens", "InSegs", "OutSegs", "OutRsts", "PassiveOpens", "RetransSegs", "CurrEstab",
            "MaxConn",
        ],
        "Udp": ["InDatagrams", "OutDatagrams", "NoPorts", "RcvbufErrors", "SndbufErrors"],
        "Udp6": ["InDatagrams", "OutDatagrams", "NoPorts", "RcvbufErrors", "SndbufErrors"],
    ]

    static func takes(_ family: String, _ field: String) -> Bool {
        if field.hasSuffix("InErrors") || field.hasSuffix("InErrs") {
            return field == "InErrors" || field == "InErrs"
        }
        if family == "TcpExt", field.hasPrefix("Listen") || field.hasPrefix("Syncookies") { return true }
        return families[family]?.contains(field) ?? false
    }

    /// A line of snmp6 is `Ip6InReceives 12`: the family's name runs up to the six.
    static func sixDefinition(_ line: String) -> SeriesDefinition? {
        for family in ["UdpLite6", "Icmp6", "Udp6", "Ip6"] where line.hasPrefix(family) {
            let field = String(line.dropFirst(family.count))
            guard takes(family, field) else { return nil }
            return SeriesDefinition(SeriesKey("node_netstat_\(family)_\(field)"), .untyped)
        }
        return nil
    }
}
