import Canvas
import Fleet
import Telemetry
import Text

/// What stands beside the host's name in the title: how the hub stands with it, and what it is made of, the most
/// telling first.
struct HostHeadline {
    private let reading: HostReading
    private let work: [TextLine.Span]

    /// `work` is what people do there now.
    init(_ reading: HostReading, work: [TextLine.Span] = []) {
        self.reading = reading
        self.work = work
    }

    /// As many of the facts as `width` cells hold, three cells apart.
    func spans(width: Int) -> [TextLine.Span] {
        let condition = HostCondition(reading)
        var spans: [TextLine.Span] = [.init(condition.mark + " " + condition.word, condition.style)]
        var free = width - TextLine(spans).width
        for group in work.map({ [$0] }) + note(width: width / 2) + facts {
            let cells = TextLine(group).width + 3
            guard cells <= free else { continue }
            free -= cells
            spans += [.figure("   ")] + group
        }
        return spans
    }

    /// What hosts.yaml says of it, in words.
    private func note(width: Int) -> [[TextLine.Span]] {
        guard let note = reading.host.summary?.note, !note.isEmpty else { return [] }
        return [[.figure(SafeText(note).truncated(to: max(1, width)))]]
    }

    private var facts: [[TextLine.Span]] {
        var groups: [[TextLine.Span]] = []
        let uptime = reading.value("host.uptime")
        if !uptime.isNaN { groups.append([.label("up "), .figure(Format.age(uptime))]) }
        let facts = reading.host.facts
        if let facts {
            groups.append([.figure(SafeText("\(facts.onlineCPUs)")), .label(" cpu")])
            groups.append([.figure(Format.bytes(Double(facts.memoryBytes))), .label(" memory")])
            if !facts.kernelRelease.isEmpty {
                groups.append([.label("kernel "), .figure(SafeText(Self.release(facts.kernelRelease)))])
            }
        }
        // The agent tells of itself each ten seconds.
        let agent = reading.slowValue("agent.cpu")
        if !agent.isNaN {
            groups.append([
                .label("agent "), .figure(Figure.smallPercent(agent)), .label("% cpu "),
                .figure(Format.bytes(reading.slowValue("agent.memory"))),
            ])
        }
        for text in [facts.map { Self.model($0.cpuModel) }, facts.map(\.operatingSystem)] {
            if let text, !text.isEmpty { groups.append([.label(SafeText(text))]) }
        }
        return groups
    }

    /// `6.8.0-45-generic` is `6.8.0-45`: the flavour says little.
    private static func release(_ full: String) -> String {
        full.split(separator: "-").prefix(2).joined(separator: "-")
    }

    /// A model's name without what each of them says.
    static func model(_ full: String) -> String {
        let words = full.split(separator: " ")
            .prefix { $0 != "@" }
            .map { $0.replacing("(R)", with: "").replacing("(TM)", with: "").replacing("(tm)", with: "") }
            .filter { !["CPU", "Processor", "with"].contains($0) && !$0.hasSuffix("-Core") }
        return words.joined(separator: " ")
    }
}
