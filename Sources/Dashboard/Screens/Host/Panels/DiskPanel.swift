import Canvas
import Telemetry
import Text

/// Disks: how much of the time each works, what it reads and writes, and how long one operation takes.
struct DiskPanel: HostPanel {
    private let reading: HostReading
    private let devices: [(name: String, busy: Double)]

    init(_ reading: HostReading) {
        self.reading = reading
        let all: [(name: String, busy: Double)] = reading.host.subjects(of: "disk.busy").sorted()
            .map { ($0, reading.value("disk.busy", ["device": $0])) }
        devices = reading.present(all) { $0.busy }
    }

    var heights: [PanelHeight] {
        (0...min(devices.count, 8)).map { PanelHeight(rows: 1 + $0, rank: $0 == 0 ? 0 : $0 < 3 ? 3 : 7) }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard let busiest = devices.max(by: { $0.busy < $1.busy }) else {
            let reason = reading.absence("diskstats").map { "n/a: " + SafeText($0) } ?? "no disk seen yet"
            return SectionRule(title: "DISK", figures: [.label(reason)]).draw(on: &buffer, in: rect.row(0))
        }
        SectionRule(
            title: "DISK",
            figures: [
                .init(
                    Figure.percent(busiest.busy) + "%",
                    Figure.style(busiest.busy, warning: 0.9, critical: 0.98)),
                .label(" " + SafeText(busiest.name).truncatedInMiddle(to: 8).padded(to: 8)),
            ],
            notes: [
                [.label("r "), .figure(sum("disk.read")), .label(" w "), .figure(sum("disk.write"))]
            ]
        ).draw(on: &buffer, in: rect.row(0))
        let rows = rect.height - 1
        for (place, device) in devices.enumerated() where place < rows {
            let isCut = place == rows - 1 && devices.count > rows
            draw(
                device, more: isCut ? devices.count - rows : 0, on: &buffer,
                in: rect.row(place + 1).inset(left: 1))
        }
    }

    private func sum(_ signal: String) -> SafeText {
        let values = devices.map { reading.value(signal, ["device": $0.name]) }.filter { !$0.isNaN }
        return Figure.bytes(values.isEmpty ? .nan : values.reduce(0, +)) + "/s"
    }

    private func draw(
        _ device: (name: String, busy: Double), more: Int, on buffer: inout CellBuffer, in rect: Rect
    ) {
        let labels: Labels = ["device": device.name]
        let latency = reading.value("disk.latency", labels)
        let spans: [TextLine.Span] = [
            .figure(SafeText(device.name).truncatedInMiddle(to: 9).padded(to: 9)),
            .init(
                Figure.percent(device.busy, width: 4) + "%",
                Figure.style(device.busy, warning: 0.9, critical: 0.98)),
            .label(" r"), .figure(Figure.bytes(reading.value("disk.read", labels), width: 5)),
            .label(" w"), .figure(Figure.bytes(reading.value("disk.write", labels), width: 5)),
            .figure((latency.isNaN ? "-" : Format.seconds(latency)).padded(to: 8, alignment: .right)),
        ]
        let line = TextLine(spans)
        line.draw(on: &buffer, in: rect)
        let room = rect.inset(left: line.width + 2)
        guard more == 0 else {
            return TextLine([.label("+\(more) more")], alignment: .right).draw(on: &buffer, in: room)
        }
        WindowSpark(reading, "disk.busy", labels, role: .series(3), high: 1).draw(on: &buffer, in: room)
    }
}
