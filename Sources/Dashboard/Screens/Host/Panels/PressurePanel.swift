import Canvas
import Telemetry
import Text

/// How long tasks waited for the CPU, for memory and for I/O (the kernel's pressure stall information): the part of
/// each second in which some of them did, and in which all did.
struct PressurePanel: HostPanel {
    private struct Resource {
        let name: SafeText
        let some: String
        let full: String?
    }

    private static let resources = [
        Resource(name: "cpu", some: "pressure.cpu", full: nil),
        Resource(name: "memory", some: "pressure.memory", full: "pressure.memory.full"),
        Resource(name: "io", some: "pressure.io", full: "pressure.io.full"),
    ]
    private let reading: HostReading
    private let absence: String?

    init(_ reading: HostReading) {
        self.reading = reading
        absence = reading.absence("pressure")
    }

    var heights: [PanelHeight] {
        [PanelHeight(rows: 1, rank: 0)]
            + (absence == nil ? [PanelHeight(rows: 1 + Self.resources.count, rank: 4)] : [])
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        if let absence {
            return SectionRule(title: "PRESSURE", figures: [.label("n/a: " + SafeText(absence))])
                .draw(on: &buffer, in: rect.row(0))
        }
        rule.draw(on: &buffer, in: rect.row(0))
        for (place, resource) in Self.resources.enumerated() where place + 1 < rect.height {
            draw(resource, on: &buffer, in: rect.row(place + 1).inset(left: 1))
        }
    }

    /// A part of a second; the kernel's counter and our clock may differ by a little more.
    private func share(_ signal: String) -> Double {
        let share = reading.value(signal)
        return share.isNaN ? share : min(share, 1)
    }

    private var rule: SectionRule {
        let names: [SafeText] = ["cpu ", "mem ", "io "]
        let figures = zip(names, Self.resources).map { name, resource -> [TextLine.Span] in
            let share = self.share(resource.some)
            return [
                .label(name),
                .init(Figure.percent(share, width: 2), Figure.style(share, warning: 0.2, critical: 0.5)),
            ]
        }
        return SectionRule(title: "PRESSURE", notes: [Array(figures.joined(separator: [.label(" ")]))])
    }

    private func draw(_ resource: Resource, on buffer: inout CellBuffer, in rect: Rect) {
        let some = share(resource.some)
        var spans: [TextLine.Span] = [
            .label(resource.name.padded(to: 7)), .label("some "), .figure(Figure.percent(some) + "%"),
        ]
        if let full = resource.full {
            spans += [.label("  all "), .figure(Figure.percent(share(full)) + "%")]
        }
        TextLine(spans).draw(on: &buffer, in: rect)
        let room = rect.inset(left: 28)
        WindowSpark(reading, resource.some, role: .series(4), high: 0.5).draw(on: &buffer, in: room)
    }
}
