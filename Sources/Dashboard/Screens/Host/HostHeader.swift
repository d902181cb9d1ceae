import Canvas
import Fleet
import Telemetry
import Text

/// The first line: which host this is, how the hub stands with it, and what it is made of. What has no room is left
/// out from the right.
struct HostHeader: Widget {
    private let reading: HostReading

    init(_ reading: HostReading) {
        self.reading = reading
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let row = rect.row(0)
        let state = HostCondition(reading)
        var x = row.x + 1
        for (place, group)
            in ([
                [
                    .init(SafeText(reading.host.id.name), Style(.accent, bold: true)),
                    .init(" " + state.mark, state.style), .init(" " + state.word, state.style),
                ]
            ] + facts).enumerated()
        {
            let line = TextLine(group)
            guard place == 0 || x + line.width <= row.right else { continue }
            line.draw(on: &buffer, in: Rect(x: x, y: row.y, width: row.right - x, height: row.height))
            x += line.width + 3
        }
    }

    private var facts: [[TextLine.Span]] {
        var groups: [[TextLine.Span]] = []
        let uptime = reading.value("host.uptime")
        if !uptime.isNaN { groups.append([.label("up "), .figure(Format.age(uptime))]) }
        if let facts = reading.host.facts {
            groups.append([.figure(SafeText("\(facts.onlineCPUs)")), .label(" cpu")])
            groups.append([.figure(Format.bytes(Double(facts.memoryBytes))), .label(" memory")])
            if !facts.kernelRelease.isEmpty {
                groups.append([.label("kernel "), .figure(SafeText(Self.release(facts.kernelRelease)))])
            }
        }
        let agent = reading.value("agent.cpu")
        if !agent.isNaN {
            groups.append([
                .label("agent "), .figure(Figure.smallPercent(agent)), .label("% cpu "),
                .figure(Format.bytes(reading.value("agent.memory"))),
            ])
        }
        if let facts = reading.host.facts {
            if !facts.cpuModel.isEmpty { groups.append([.label(SafeText(Self.model(facts.cpuModel)))]) }
            if !facts.operatingSystem.isEmpty { groups.append([.label(SafeText(facts.operatingSystem))]) }
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
