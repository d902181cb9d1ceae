import Canvas
import TestSupport
import Text

/// A screen like Host at 160x48 whose data moves one step a frame: what a terminal is sent for it is measured.
struct MovingScreen {
    private static let history = 400
    private static let rows = 26

    /// Smooth curves in 0...1, as a load average, memory and traffic draw them.
    private var curves: [[Double]] = []
    private var values: [Double] = []
    private var random: SeededRandom
    private(set) var step = Self.history
    private let isAligned: Bool

    init(seed: UInt64, isAligned: Bool) {
        random = SeededRandom(seed: seed)
        self.isAligned = isAligned
        curves = (0..<5).map { _ in [0.4] }
        values = (0..<Self.rows).map { _ in Double.random(in: 0...20, using: &random) }
        for _ in 1..<Self.history { advance(moving: false) }
    }

    mutating func next(_ frame: inout CellBuffer) {
        advance(moving: true)
        frame.clear()
        let (top, rest) = frame.bounds.splitTop(10)
        let (cpu, memory) = top.splitLeft(104)
        draw(graph(0), title: "CPU", on: &frame, in: cpu)
        draw(graph(1, .role(.series(1))), title: "MEM", on: &frame, in: memory)
        let (middle, table) = rest.splitTop(10)
        let (net, disk) = middle.splitLeft(80)
        let inner = Panel.inner(of: net).splitTop(4)
        draw(graph(2, .role(.series(0))), title: "NET", on: &frame, in: net.splitTop(6).top)
        graph(3, .role(.series(3)), .hanging).draw(on: &frame, in: inner.rest)
        draw(graph(4, .role(.series(2))), title: "DISK", on: &frame, in: disk)
        processes.draw(on: &frame, in: table)
    }

    private mutating func advance(moving: Bool) {
        if moving { step += 1 }
        for index in curves.indices {
            let last = curves[index].last ?? 0
            curves[index].append(max(0, min(1, last + Double.random(in: -0.06...0.06, using: &random))))
            if curves[index].count > Self.history { curves[index].removeFirst() }
        }
        guard moving else { return }
        for row in values.indices where Int.random(in: 0..<3, using: &random) == 0 {
            values[row] = max(0, values[row] + Double.random(in: -1...1, using: &random))
        }
    }

    private func graph(
        _ curve: Int, _ coloring: Graph.Coloring = .heat, _ direction: Graph.Direction = .rising
    ) -> Graph {
        Graph(
            curves[curve], high: 1, coloring: coloring, direction: direction,
            newestStep: isAligned ? step : nil)
    }

    private func draw(_ graph: Graph, title: SafeText, on frame: inout CellBuffer, in rect: Rect) {
        Panel(title: title).draw(on: &frame, in: rect)
        graph.draw(on: &frame, in: Panel.inner(of: rect))
    }

    private var processes: Table {
        let values = values
        return Table(
            columns: [
                .init("PID", width: .fixed(7), alignment: .right),
                .init("CPU%", width: .fixed(6), alignment: .right, sort: .descending),
                .init("MEM", width: .fixed(6), alignment: .right),
                .init("COMMAND", width: .flexible(minimum: 10, weight: 1)),
            ], rowCount: values.count, firstRow: 0, selected: 2
        ) { row, column in
            switch column {
            case 0: .text("\(1000 + row * 37)", Style(.muted))
            case 1: .text(Format.percent(values[row] / 100), Style(.heat(share: values[row] / 20)))
            case 2: .text(Format.bytes(Double(row) * 3e6), .plain)
            default: .text("/usr/lib/some-daemon --number \(row) --config /etc/some/daemon.conf", .plain)
            }
        }
    }
}
