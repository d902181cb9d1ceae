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
        case .actions: return .actions(try actions(&reader))
        case .output: return .output(try output(&reader))
        case .past:
            let flags = try reader.byte("flags")
            var frames: [UInt8] = []
            try reader.bytes(reader.remaining, "frames", onto: &frames)
            return .past(PastPortion(isFirst: flags & 1 != 0, isLast: flags & 2 != 0, frames: frames))
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
        case .cancel: return .cancel(id: try reader.string("id"), actor: try labels(&reader))
        case .configuration:
            var bytes: [UInt8] = []
            let count = try reader.count("configuration", atMost: WireLimits.configurationBytes)
            try reader.bytes(count, "configuration", onto: &bytes)
            return .configuration(bytes)
        case .dictionary, .tick, .epoch:
            throw .invalid(kind: kind, field: "kind")
        }
    }

    private static func hello(_ reader: inout ByteReader) throws(WireError) -> Hello {
        var hello = Hello(
            oldestVersion: try reader.byte("oldest version"),
            newestVersion: try reader.byte("newest version"),
            program: try reader.string("program"), programVersion: try reader.string("program version"),
            host: try reader.string("host"), ledger: try reader.string("ledger"),
            nonce: try reader.fixed64("nonce"))
        // A field that came later, and a word that this build does not know says nothing to it.
        if !reader.isAtEnd {
            hello.configuration = Hello.Configuration(rawValue: try reader.byte("configuration")) ?? .unsaid
        }
        return hello
    }

    private static func order(_ reader: inout ByteReader) throws(WireError) -> Order {
        var order = Order(
            id: try reader.string("id"), action: try reader.string("action"),
            parameters: try labels(&reader), epoch: try reader.varint("epoch"),
            sequence: try reader.varint("sequence"), fence: try reader.varint("fence"),
            notAfter: try time(&reader, "not after"), digest: try reader.string("digest"),
            actor: try labels(&reader), signature: try reader.string("signature"))
        // Fields that came later: who knows none of them ends before.
        guard !reader.isAtEnd else { return order }
        order.hub = try reader.string("hub")
        order.sentAt = try time(&reader, "sent at")
        return order
    }

    private static func report(_ reader: inout ByteReader) throws(WireError) -> Report {
        let id = try reader.string("id")
        guard let state = Report.State(rawValue: try reader.byte("state")) else {
            throw .invalid(kind: .report, field: "state")
        }
        var report = Report(
            id: id, state: state, exitStatus: try reader.int32("status"), text: try reader.string("text"))
        guard !reader.isAtEnd else { return report }
        // A cause that this build does not know has its sentence in the text.
        report.cause = Report.Cause(rawValue: try reader.byte("cause")) ?? .none
        report.isWeaklyContained = try reader.byte("flags") & 1 == 1
        report.startedAt = try moment(&reader, "started at")
        report.endedAt = try moment(&reader, "ended at")
        report.outputBytes = try reader.varint("output")
        report.droppedBytes = try reader.varint("dropped")
        if !reader.isAtEnd { report.freeInMilliseconds = try reader.varint("free in") }
        return report
    }

    private static func moment(
        _ reader: inout ByteReader, _ field: StaticString
    ) throws(WireError) -> Timestamp? {
        let time = try time(&reader, field)
        return time.milliseconds == .min ? nil : time
    }

    private static func output(_ reader: inout ByteReader) throws(WireError) -> OutputPart {
        var part = OutputPart(id: try reader.string("id"), offset: try reader.varint("offset"), bytes: [])
        let count = try reader.count("bytes", atMost: WireLimits.outputBytes)
        try reader.bytes(count, "bytes", onto: &part.bytes)
        return part
    }

    private static func actions(_ reader: inout ByteReader) throws(WireError) -> HostActions {
        var host = HostActions(refusal: try reader.string("refusal"))
        host.isWeaklyContained = try reader.byte("flags") & 1 == 1
        for _ in 0..<(try reader.count("actions", atMost: WireLimits.actions)) {
            if let action = try action(&reader) { host.actions.append(action) }
        }
        return host
    }

    /// nil for one with a danger or a parameter's type that this build does not know: it cannot be asked for rightly.
    private static func action(_ reader: inout ByteReader) throws(WireError) -> DeclaredAction? {
        var action = DeclaredAction(name: try reader.string("name"), about: try reader.string("about"))
        let danger = ActionDanger(rawValue: try reader.string("danger"))
        action.danger = danger ?? .destroy
        action.lock = try reader.string("lock")
        action.user = try reader.string("user")
        action.timeoutMilliseconds = try reader.varint("timeout")
        action.expectsReboot = try reader.byte("expects") & 1 == 1
        action.returnMilliseconds = try reader.varint("return")
        var isKnown = danger != nil
        for _ in 0..<(try reader.count("parameters", atMost: WireLimits.labels)) {
            let name = try reader.string("parameter")
            let type = try reader.string("type")
            do throws(ActionError) {
                action.parameters.append(.init(name: name, type: try ActionParameter(type)))
            } catch {
                isKnown = false
            }
        }
        return isKnown ? action : nil
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
