import Canvas
import Text

/// The host in a line or two, where there is no room for sections: groups of figures, as many as fit.
struct HostStatus: Widget {
    private let groups: [[TextLine.Span]]

    init(_ reading: HostReading) {
        let cpu = reading.value("cpu")
        let memory = reading.value("memory.used")
        let disk = reading.slowValue("disk.fullest")
        groups = [
            Self.share("cpu", cpu, warning: 0.9, critical: 0.98),
            Self.share("mem", memory, warning: 0.9, critical: 0.97),
            Self.share("disk", disk, warning: 0.85, critical: 0.95),
            [.label("load "), .figure(Figure.load(reading.value("load.1")))],
            [
                .label("net "), .figure(Format.bytes(reading.value("net.receive.all"))), .label("/"),
                .figure(Format.bytes(reading.value("net.transmit.all"))),
            ],
            [
                .label("psi"), .figure(Figure.percent(reading.value("pressure.cpu"))),
                .figure(Figure.percent(reading.value("pressure.memory"))),
                .figure(Figure.percent(reading.value("pressure.io"))),
            ],
        ]
    }

    /// All groups one after another, for the summary in words.
    var words: [TextLine.Span] {
        groups.map { TextLine.Span($0.map(\.text).joined(), $0.last?.style ?? .plain) }
    }

    private static func share(
        _ name: SafeText, _ value: Double, warning: Double, critical: Double
    ) -> [TextLine.Span] {
        let style = Figure.style(value, warning: warning, critical: critical)
        let mark = Figure.mark(value, warning: warning, critical: critical)
        return [
            .label(name), .init(Figure.percent(value, width: 4) + "%" + mark, style),
        ]
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        var x = rect.x + (rect.width >= 30 ? 1 : 0)
        var row = 0
        for group in groups where row < rect.height {
            let line = TextLine(group)
            if x > rect.x + 1, x + line.width > rect.right {
                row += 1
                x = rect.x + (rect.width >= 30 ? 1 : 0)
            }
            guard row < rect.height else { return }
            line.draw(on: &buffer, in: Rect(x: x, y: rect.y + row, width: rect.right - x, height: 1))
            x += line.width + 2
        }
    }
}
