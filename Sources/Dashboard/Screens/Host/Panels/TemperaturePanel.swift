import Canvas
import Telemetry
import Text

/// Sensors, where the host has any.
struct TemperaturePanel: HostPanel {
    private let sensors: [(name: String, celsius: Double)]

    private static let warning = 85.0
    private static let critical = 95.0

    init(_ reading: HostReading) {
        sensors = reading.host.subjects(of: "temperature").sorted()
            .map { ($0, reading.slowValue("temperature", ["sensor": $0])) }
            .filter { !$0.celsius.isNaN }
    }

    var heights: [PanelHeight] {
        guard !sensors.isEmpty else { return [] }
        let rule = PanelHeight(rows: 1, rank: 1)
        return sensors.count == 1 ? [rule] : [rule, PanelHeight(rows: 1 + min(sensors.count, 6), rank: 6)]
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard let hottest = sensors.max(by: { $0.celsius < $1.celsius }) else { return }
        SectionRule(
            title: "TEMP", figures: [figure(hottest.celsius)], notes: [[.label(SafeText(hottest.name))]]
        ).draw(on: &buffer, in: rect.row(0))
        for (place, sensor) in sensors.enumerated() where place + 1 < rect.height {
            let row = rect.row(place + 1).inset(left: 1)
            let name = SafeText(sensor.name).truncatedInMiddle(to: 16).padded(to: 16)
            TextLine([.figure(name), figure(sensor.celsius)]).draw(on: &buffer, in: row)
            HeatBar(share: (sensor.celsius - 20) / 80).draw(on: &buffer, in: row.inset(left: 24))
        }
    }

    private func figure(_ celsius: Double) -> TextLine.Span {
        let mark: SafeText = celsius >= Self.critical ? "X" : celsius >= Self.warning ? "!" : " "
        let style = Figure.style(celsius, warning: Self.warning, critical: Self.critical)
        return .init(Format.fixed(celsius, places: 0).padded(to: 3, alignment: .right) + "°C" + mark, style)
    }
}
