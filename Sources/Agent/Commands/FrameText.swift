import Telemetry
import Text
package import Wire

/// Frames as readable lines: one a sample or event, every foreign character made safe.
package struct FrameText {
    private var decoder = FrameDecoder()
    private var names: [Int32: String] = [:]
    private var last: [Int32: Double] = [:]

    package init() {}

    /// Why the frames could not be read on, once that is so.
    package private(set) var failure: WireError?

    /// What is wrong with bytes that end here; nil where a frame has just ended.
    package var incompleteness: String? {
        if decoder.frames == 0 { return "there is no frame in it; write one with martlet-agent stream" }
        guard decoder.waitingBytes > 0 else { return nil }
        return "it ends in the middle of a frame, which is left out; what is above is whole"
    }

    /// The lines of the messages that `bytes` complete. Unchanged samples are left out, as on the wire.
    package mutating func lines(for bytes: Span<UInt8>) -> String {
        decoder.append(bytes)
        var text = ""
        do throws(WireError) {
            while let message = try decoder.next() { write(message, to: &text) }
        } catch {
            failure = error
        }
        return text
    }

    private mutating func write(_ message: WireMessage, to text: inout String) {
        switch message {
        case .define(let series): names[series.index] = safe(Exposition.name(of: series.definition.key))
        case .retire(let index):
            names[index] = nil
            last[index] = nil
        case .tick(let tick):
            let kind = (tick.isSnapshot ? " snapshot" : "") + (tick.isLate ? " late" : "")
            text += "\(clock(tick.time)) tick \(tick.sequence)\(kind) \(tick.samples.count) series\n"
            for sample in tick.samples where last[sample.index] != sample.value {
                last[sample.index] = sample.value
                text += "  \(names[sample.index] ?? "?") \(Exposition.number(sample.value))\n"
            }
        case .histogram(let index, let histogram):
            text +=
                "  \(names[index] ?? "?") count \(histogram.count) sum \(Exposition.number(histogram.sum))\n"
        case .hello(let hello):
            text +=
                "hello \(safe(hello.program)) \(safe(hello.programVersion)) on \(safe(hello.host)), "
                + "frame formats \(hello.oldestVersion) to \(hello.newestVersion)\n"
        case .facts(_, let facts):
            text +=
                "facts \(safe(facts.kernelName)) Linux \(safe(facts.kernelRelease)) \(safe(facts.machine)), "
                + "\(facts.onlineCPUs) CPUs, \(facts.memoryBytes) bytes of memory\n"
            for label in facts.notApplicable {
                text += "  not applicable: \(safe(label.name)): \(safe(label.value))\n"
            }
        case .processes(_, let table):
            text += "\(clock(table.time)) processes \(table.rows.count) of \(table.total)\n"
            for row in table.rows { write(row, to: &text) }
        case .event(let event): text += "\(clock(event.time)) event \(safe(event.kind)) \(safe(event.text))\n"
        case .goodbye(let reason): text += "goodbye: \(safe(reason))\n"
        case .liveBegins: text += "live\n"
        case .actions(let host):
            if host == HostActions() { return }
            text += "actions \(host.actions.count)\(host.refusal.isEmpty ? "" : ": \(safe(host.refusal))")\n"
            for action in host.actions {
                text += "  \(safe(action.name)): \(safe(action.about)) (\(action.danger.rawValue))\n"
            }
        case .output(let part):
            text +=
                "output \(safe(part.id)) at \(part.offset): \(safe(String(decoding: part.bytes, as: UTF8.self)))\n"
        case .past(let portion):
            text += "past: \(portion.frames.count) bytes\(portion.isLast ? ", the last" : "")\n"
        case .configuration(let bytes): text += "configuration: \(bytes.count) bytes\n"
        case .have, .report, .subscribe, .resume, .replay, .credit, .acknowledge, .order, .cancel:
            text += "\(safe("\(message)"))\n"
        }
    }

    private func write(_ row: ProcessRow, to text: inout String) {
        let name = row.commandLine.isEmpty ? "[\(row.command)]" : row.commandLine
        text +=
            "  \(row.pid) \(safe(row.user)) cpu \(Double(row.cpuHundredths) / 100)% rss \(row.residentBytes) \(safe(name))\n"
    }

    private func safe(_ text: String) -> String {
        SafeText(text).string
    }

    /// UTC time of day with milliseconds.
    private func clock(_ time: Timestamp) -> String {
        let day = ((time.milliseconds % 86_400_000) + 86_400_000) % 86_400_000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let fraction = day % 1000
        let padded = fraction < 10 ? "00\(fraction)" : fraction < 100 ? "0\(fraction)" : "\(fraction)"
        return "\(two(day / 3_600_000)):\(two(day / 60_000 % 60)):\(two(day / 1000 % 60)).\(padded)Z"
    }
}
