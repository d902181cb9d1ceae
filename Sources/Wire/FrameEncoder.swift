import Telemetry

/// Appends messages as frames.
package struct FrameEncoder: Sendable {
    private var writer = ByteWriter()

    package init() {}

    package var bytes: [UInt8] { writer.bytes }

    package mutating func append(_ message: WireMessage) {
        Self.append(message, to: &writer)
    }

    package mutating func removeAll() {
        writer.bytes.removeAll(keepingCapacity: true)
    }

    /// One message as one frame.
    package static func frame(_ message: WireMessage) -> [UInt8] {
        var encoder = FrameEncoder()
        encoder.append(message)
        return encoder.bytes
    }

    /// One message as one frame; nil for those that only a `SampleEncoder` can write.
    package static func standaloneFrame(_ message: WireMessage) -> [UInt8]? {
        message.standaloneKind == nil ? nil : frame(message)
    }

    /// Dictionary, tick and histogram messages carry session state, so `SampleEncoder` writes them.
    static func append(_ message: WireMessage, to writer: inout ByteWriter) {
        guard let kind = message.standaloneKind else {
            preconditionFailure("SampleEncoder writes this message")
        }
        writer.beginFrame(kind)
        writePayload(message, to: &writer)
        writer.endFrame()
    }

    private static func writePayload(_ message: WireMessage, to writer: inout ByteWriter) {
        switch message {
        case .define, .retire, .tick, .histogram, .liveBegins: break
        case .hello(let hello): write(hello, to: &writer)
        case .processes(let host, let table):
            writer.string(host)
            write(table, to: &writer)
        case .facts(let host, let facts):
            writer.string(host)
            write(facts, to: &writer)
        case .event(let event):
            writer.signed(event.time.milliseconds)
            writer.string(event.kind)
            write(event.labels, to: &writer)
            writer.string(event.text)
        case .goodbye(let reason): writer.string(reason)
        case .have(let from, let to):
            writer.signed(from.milliseconds)
            writer.signed(to.milliseconds)
        case .past(let portion):
            writer.byte((portion.isFirst ? 1 : 0) | (portion.isLast ? 2 : 0))
            writer.bytes.append(contentsOf: portion.frames)
        case .report(let report):
            writer.string(report.id)
            writer.byte(report.state.rawValue)
            writer.signed(Int64(report.exitStatus))
            writer.string(report.text)
            writer.byte(report.cause.rawValue)
            writer.byte(report.isWeaklyContained ? 1 : 0)
            for time in [report.startedAt, report.endedAt] { writer.signed(time?.milliseconds ?? .min) }
            writer.varint(report.outputBytes)
            writer.varint(report.droppedBytes)
            if let time = report.freeInMilliseconds { writer.varint(time) }
        case .actions(let actions): write(actions, to: &writer)
        case .output(let part):
            writer.string(part.id)
            writer.varint(part.offset)
            let bytes = part.bytes.prefix(WireLimits.outputBytes)
            writer.varint(bytes.count)
            writer.bytes.append(contentsOf: bytes)
        case .subscribe(let subscription):
            writer.varint(UInt64(subscription.intervalMilliseconds))
            writer.byte((subscription.wantsAllProcesses ? 1 : 0) | (subscription.wantsLines ? 2 : 0))
        case .resume(let sequence), .acknowledge(let sequence): writer.varint(sequence)
        case .replay(let from, let to, let step):
            writer.signed(from.milliseconds)
            writer.signed(to.milliseconds)
            writer.varint(UInt64(step))
        case .credit(let ticks): writer.varint(UInt64(ticks))
        case .order(let order):
            writer.string(order.id)
            writer.string(order.action)
            write(order.parameters, to: &writer)
            for number in [order.epoch, order.sequence, order.fence] { writer.varint(number) }
            writer.signed(order.notAfter.milliseconds)
            writer.string(order.digest)
            write(order.actor, to: &writer)
            writer.string(order.signature)
            writer.string(order.hub)
            writer.signed(order.sentAt.milliseconds)
        case .cancel(let id, let actor):
            writer.string(id)
            write(actor, to: &writer)
        case .configuration(let text):
            let bytes = text.prefix(WireLimits.configurationBytes)
            writer.varint(bytes.count)
            writer.bytes.append(contentsOf: bytes)
        }
    }

    private static func write(_ hello: Hello, to writer: inout ByteWriter) {
        writer.byte(hello.oldestVersion)
        writer.byte(hello.newestVersion)
        writer.string(hello.program)
        writer.string(hello.programVersion)
        writer.string(hello.host)
        writer.string(hello.ledger)
        writer.fixed64(hello.nonce)
        if hello.configuration != .unsaid { writer.byte(hello.configuration.rawValue) }
    }

    private static func write(_ host: HostActions, to writer: inout ByteWriter) {
        writer.string(host.refusal)
        writer.byte(host.isWeaklyContained ? 1 : 0)
        // Very long ones stop at half the payload's limit, as process tables do.
        var bytes = 0
        let actions = host.actions.prefix(WireLimits.actions).prefix { action in
            bytes += 64 + action.about.utf8.count
            for parameter in action.parameters {
                bytes += 16 + parameter.name.utf8.count + parameter.type.text.utf8.count
            }
            return bytes < WireLimits.payloadBytes / 2
        }
        writer.varint(actions.count)
        for action in actions {
            for text in [action.name, action.about, action.danger.rawValue, action.lock, action.user] {
                writer.string(text)
            }
            writer.varint(action.timeoutMilliseconds)
            writer.byte(action.expectsReboot ? 1 : 0)
            writer.varint(action.returnMilliseconds)
            let parameters = action.parameters.prefix(WireLimits.labels)
            writer.varint(parameters.count)
            for parameter in parameters {
                writer.string(parameter.name)
                writer.string(parameter.type.text)
            }
        }
    }

    private static func write(_ labels: Labels, to writer: inout ByteWriter) {
        let pairs = labels.pairs.prefix(WireLimits.labels)
        writer.varint(pairs.count)
        for label in pairs {
            writer.string(label.name)
            writer.string(label.value)
        }
    }

    private static func write(_ table: ProcessTable, to writer: inout ByteWriter) {
        writer.signed(table.time.milliseconds)
        writer.byte(table.isComplete ? 1 : 0)
        writer.signed(Int64(table.total))
        // A table of very many processes stops at half the payload's limit; `total` still says how many there are.
        let countOffset = writer.bytes.count
        for _ in 0..<3 { writer.byte(0) }
        let full = countOffset + WireLimits.payloadBytes / 2
        var written = 0
        for row in table.rows.prefix(WireLimits.processRows) where writer.bytes.count < full {
            write(row, to: &writer)
            written += 1
        }
        for byte in 0..<3 {
            writer.bytes[countOffset + byte] = UInt8(truncatingIfNeeded: written >> (8 * byte))
        }
    }

    private static func write(_ row: ProcessRow, to writer: inout ByteWriter) {
        writer.signed(Int64(row.pid))
        writer.signed(Int64(row.parent))
        writer.varint(row.startTicks)
        writer.byte(row.state)
        writer.string(row.user)
        writer.signed(Int64(row.cpuHundredths))
        writer.varint(row.cpuMilliseconds)
        writer.varint(row.residentBytes)
        // One more than the rate, so that zero says unknown.
        writer.varint(row.ioBytesPerSecond.map { $0 == .max ? $0 : $0 + 1 } ?? 0)
        writer.signed(Int64(row.threads))
        writer.string(row.command)
        writer.string(row.commandLine)
        writer.string(row.unit)
    }

    private static func write(_ facts: HostFacts, to writer: inout ByteWriter) {
        for text in [
            facts.kernelName, facts.kernelRelease, facts.machine, facts.operatingSystem, facts.machineID,
            facts.bootID,
            facts.cpuModel, facts.agentVersion,
        ] { writer.string(text) }
        writer.signed(facts.bootTime.milliseconds)
        writer.signed(Int64(facts.onlineCPUs))
        writer.varint(facts.memoryBytes)
        let reasons = facts.notApplicable.prefix(WireLimits.factReasons)
        writer.varint(reasons.count)
        for reason in reasons {
            writer.string(reason.name)
            writer.string(reason.value)
        }
    }
}

extension WireMessage {
    /// The frame kind of a message that needs no session state, else nil.
    fileprivate var standaloneKind: FrameKind? {
        switch self {
        case .define, .retire, .tick, .histogram: nil
        case .hello: .hello
        case .processes: .processes
        case .facts: .facts
        case .event: .event
        case .liveBegins: .liveBegins
        case .goodbye: .goodbye
        case .have: .have
        case .report: .report
        case .actions: .actions
        case .output: .output
        case .past: .past
        case .subscribe: .subscribe
        case .resume: .resume
        case .replay: .replay
        case .credit: .credit
        case .acknowledge: .acknowledge
        case .order: .order
        case .cancel: .cancel
        case .configuration: .configuration
        }
    }
}
