import Canvas
import Fleet
import Telemetry
import Text

/// Network: what is received from other machines, rising, over what is sent, hanging; then each interface with its errors.
struct NetworkPanel: HostPanel {
    private struct Interface {
        let name: String
        let receive: Double
        let transmit: Double
        /// Errors and dropped packets a second.
        let trouble: Double
    }

    private let reading: HostReading
    private let interfaces: [Interface]

    init(_ reading: HostReading) {
        self.reading = reading
        let all = reading.host.subjects(of: "net.receive").filter { NetworkDevice($0) != .loopback }
            .sorted()
            .map { name in
                let labels: Labels = ["device": name]
                let trouble = [reading.value("net.errors", labels), reading.value("net.drops", labels)]
                return Interface(
                    name: name, receive: reading.value("net.receive", labels),
                    transmit: reading.value("net.transmit", labels),
                    trouble: trouble.filter { !$0.isNaN }.reduce(0, +))
            }
        interfaces = reading.present(all) { $0.receive }
    }

    private var listed: [Interface] {
        // In the order of their names; those that never carried anything last.
        interfaces.filter { $0.receive + $0.transmit > 0 }
            + interfaces.filter { !($0.receive + $0.transmit > 0) }
    }

    /// The rule, two graphs of one to seven rows, and up to six interfaces.
    var heights: [PanelHeight] {
        guard !interfaces.isEmpty else { return [PanelHeight(rows: 1, rank: 0)] }
        let listed = min(interfaces.count, 6)
        return [PanelHeight(rows: 1, rank: 0), PanelHeight(rows: 3, rank: 1)]
            + (4...(15 + listed)).map { PanelHeight(rows: $0, rank: $0 < 6 ? 4 : $0 < 9 + listed ? 6 : 10) }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !interfaces.isEmpty else {
            let reason =
                reading.absence("netdev", "network").map { "n/a: " + SafeText($0) }
                ?? "no interface but loopback"
            return SectionRule(title: "NET", figures: [.label(reason)]).draw(on: &buffer, in: rect.row(0))
        }
        rule.draw(on: &buffer, in: rect.row(0))
        let body = rect.inset(left: 1, top: 1)
        // A list is worth its rows where it says more than the sum above it.
        let wanted = interfaces.count == 1 && interfaces[0].trouble == 0 ? 0 : min(interfaces.count, 6)
        let parts = body.splitBottom(body.height <= 2 ? 0 : min(wanted, max(1, body.height / 3)))
        drawGraphs(on: &buffer, in: parts.rest)
        for (place, interface) in listed.enumerated() where place < parts.bottom.height {
            let isCut = place == parts.bottom.height - 1 && interfaces.count > parts.bottom.height
            draw(
                interface, more: isCut ? interfaces.count - parts.bottom.height : 0, on: &buffer,
                in: parts.bottom.row(place))
        }
    }

    private var rule: SectionRule {
        let receive = reading.value("net.receive.all")
        let transmit = reading.value("net.transmit.all")
        let retransmits = reading.value("tcp.retransmits")
        return SectionRule(
            title: "NET",
            notes: [
                [
                    .label("rx"), .figure(Figure.bytes(receive, width: 5) + "/s"), .label(" tx"),
                    .figure(Figure.bytes(transmit, width: 5) + "/s"),
                ],
                retransmits.isNaN
                    ? [] : [.label("retransmits "), .figure(Figure.smallPercent(retransmits) + "%")],
            ].filter { !$0.isEmpty })
    }

    private func drawGraphs(on buffer: inout CellBuffer, in rect: Rect) {
        guard rect.height >= 2 else { return }
        let count = 2 * rect.width
        let receive = reading.values("net.receive.all", count: count)
        let transmit = reading.values("net.transmit.all", count: count)
        let parts = rect.splitTop((rect.height + 1) / 2)
        // One step out of phase with the other graphs, which so move while this one stands: a refresh never has to
        // send all of them.
        let step = reading.step.map { $0 &+ 1 }
        Graph(receive, high: Self.ceiling(receive), coloring: .role(.series(1)), newestStep: step)
            .draw(on: &buffer, in: parts.top)
        Graph(
            transmit, high: Self.ceiling(transmit), coloring: .role(.series(5)), direction: .hanging,
            newestStep: step
        ).draw(on: &buffer, in: parts.rest)
        reading.drawMarks(on: &buffer, in: parts.top.row(0), phase: 1)
        label("rx", Self.ceiling(receive), on: &buffer, in: parts.top.row(0))
        label("tx", Self.ceiling(transmit), on: &buffer, in: parts.rest.row(parts.rest.height - 1))
    }

    /// What the graph's full height is, at its left.
    private func label(_ name: SafeText, _ high: Double, on buffer: inout CellBuffer, in rect: Rect) {
        buffer.draw(
            name + " " + Format.byteRate(high) + " ", x: rect.x, y: rect.y, style: Style(.muted),
            maxWidth: rect.width)
    }

    /// The scale: the next power of two above the largest value, so that it seldom changes; at least 16 KiB/s, so that
    /// a quiet network looks quiet.
    private static func ceiling(_ values: [Double]) -> Double {
        let largest = values.filter { !$0.isNaN }.max() ?? 0
        var ceiling = 16_384.0
        while ceiling < largest, ceiling < 1e18 { ceiling *= 2 }
        return ceiling
    }

    private func draw(_ interface: Interface, more: Int, on buffer: inout CellBuffer, in rect: Rect) {
        var spans: [TextLine.Span] = [
            .figure(SafeText(interface.name).truncatedInMiddle(to: 10).padded(to: 10)),
            .label(" rx"), .figure(Figure.bytes(interface.receive, width: 5) + "/s"),
            .label(" tx"), .figure(Figure.bytes(interface.transmit, width: 5) + "/s"),
        ]
        if interface.trouble > 0 {
            spans.append(
                .init("  ! " + Format.rate(interface.trouble) + " lost", Style(.warning, bold: true)))
        } else if more > 0 {
            spans.append(.label("  +\(more) more"))
        }
        TextLine(spans).draw(on: &buffer, in: rect)
    }
}
