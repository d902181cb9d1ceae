import Telemetry

/// Reads the payloads that need no session state.
enum PayloadDecoder {
    static func message(_ kind: FrameKind, _ reader: inout ByteReader) throws(WireError) -> WireMessage {
        switch kind {
        case .hello: return .hello(try hello(&reader))
        case .processes:
            let host = try reader.string("host")
            return .processes(host: host, try table(&reader))
        case .facts:
            let host = try reader.string("host")
            return .facts(host: host, try facts(&reader))
        case .event:
            return .event(
                WireEvent(
                    time: try time(&reader, "time"), kind: try reader.string("kind"),
                    labels: try labels(&reader),
                    text: try reader.string("text")))
        case .liveBegins: return .liveBegins
        case .goodbye: return .goodbye(reason: try reader.string("reason"))
        case .have: return .have(from: try time(&reader, "from"), to: try time(&reader, "to"))
        case .report: return .report(try report(&reader))
        case .subscribe:
            let interval = try uint32(&reader, "interval")
            let flags = try reader.byte("flags")
            return .subscribe(
                Subscription(
                    intervalMilliseconds: interval, wantsAllProcesses: flags & 1 != 0,
                    wantsLines: flags & 2 != 0))
        case .resume: return .resume(sequence: try reader.varint("sequence"))
        case .replay:
            return .replay(
                from: try time(&reader, "from"), to: try time(&reader, "to"),
                stepMilliseconds: try uint32(&reader, "step"))
        case .credit: return .credit(ticks: try uint32(&reader, "ticks"))
        case .acknowledge: return .acknowledge(sequence: try reader.varint("sequence"))
        case .order:
            return .order(try order(&reader))
        case .dictionary, .tick, .epoch:
            throw .invalid(kind: kind, field: "kind")
        }
    }

    private static func hello(_ reader: inout ByteReader) throws(WireError) -> Hello {
        Hello(
            oldestVersion: try reader.byte("oldest version"),
            newestVersion: try reader.byte("newest version"),
            program: try reader.string("program"), programVersion: try reader.string("program version"),
            host: try reader.string("host"), ledger: try reader.string("ledger"),
            nonce: try reader.fixed64("nonce"))
    }

    private static func order(_ reader: inout ByteReader) throws(WireError) -> Order {
        Order(
            id: try reader.string("id"), action: try reader.string("action"),
            parameters: try labels(&reader), epoch: try reader.varint("epoch"),
            sequence: try reader.varint("sequence"), fence: try reader.varint("fence"),
            notAfter: try time(&reader, "not after"), digest: try reader.string("digest"),
            actor: try labels(&reader), signature: try reader.string("signature"))
    }

    private static func report(_ reader: inout ByteReader) throws(WireError) -> Report {
        let id = try reader.string("id")
        guard let state = Report.State(rawValue: try reader.byte("state")) else {
            throw .invalid(kind: .report, field: "state")
        }
        return Report(
            id: id, state: state, exitStatus: try reader.int32("status"), text: try reader.string("text"))
    }

    private static func table(_ reader: inout ByteReader) throws(WireError) -> ProcessTable {
        var table = ProcessTable(
            time: try time(&reader, "time"), isComplete: try reader.byte("flags") & 1 == 1,
            total: try reader.int32("total"), rows: [])
        var count = 0
        for byte in 0..<3 { count |= Int(try reader.byte("rows")) << (8 * byte) }
        guard count <= WireLimits.processRows else {
            throw .tooLong(what: "rows", found: UInt64(count), limit: WireLimits.processRows)
        }
        for _ in 0..<count { table.rows.append(try row(&reader)) }
        return table
    }

    private static func row(_ reader: inout ByteReader) throws(WireError) -> ProcessRow {
        ProcessRow(
            pid: try reader.int32("pid"), parent: try reader.int32("parent"),
            startTicks: try reader.varint("start"),
            state: try reader.byte("state"), user: try reader.string("user"),
            cpuHundredths: try reader.int32("cpu"),
            cpuMilliseconds: try reader.varint("cpu time"), residentBytes: try reader.varint("resident"),
            ioBytesPerSecond: try optional(&reader), threads: try reader.int32("threads"),
            command: try reader.string("command"), commandLine: try reader.string("command line"),
            unit: try reader.string("unit"))
    }

    private static func optional(_ reader: inout ByteReader) throws(WireError) -> UInt64? {
        let value = try reader.varint("io")
        return value == 0 ? nil : value - 1
    }

    private static func facts(_ reader: inout ByteReader) throws(WireError) -> HostFacts {
        var facts = HostFacts(
            kernelName: try reader.string("kernel name"), kernelRelease: try reader.string("kernel release"),
            machine: try reader.string("machine"), operatingSystem: try reader.string("operating system"),
            machineID: try reader.string("machine id"), bootID: try reader.string("boot id"))
        facts.cpuModel = try reader.string("cpu model")
        facts.agentVersion = try reader.string("agent version")
        facts.bootTime = try time(&reader, "boot time")
        facts.onlineCPUs = try reader.int32("cpus")
        facts.memoryBytes = try reader.varint("memory")
        facts.notApplicable = try pairs(&reader, "reasons", atMost: WireLimits.factReasons)
        return facts
    }

    private static func labels(_ reader: inout ByteReader) throws(WireError) -> Labels {
        Labels(try pairs(&reader, "labels", atMost: WireLimits.labels))
    }

    private static func pairs(
        _ reader: inout ByteReader, _ field: StaticString, atMost limit: Int
    ) throws(WireError) -> [Label] {
        var pairs: [Label] = []
        for _ in 0..<(try reader.count(field, atMost: limit)) {
            let name = try reader.string("label name")
            pairs.append(Label(name, try reader.string("label value")))
        }
        return pairs
    }

    private static func time(_ reader: inout ByteReader, _ field: StaticString) throws(WireError) -> Timestamp
    {
        Timestamp(milliseconds: try reader.signed(field))
    }

    private static func uint32(_ reader: inout ByteReader, _ field: StaticString) throws(WireError) -> UInt32
    {
        UInt32(try reader.count(field, atMost: Int(UInt32.max)))
    }
}
