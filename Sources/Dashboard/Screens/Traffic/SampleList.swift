import Canvas
import Telemetry
import Text

/// The examples of lines that tell of errors, of a service or a route and of the steps that were asked for.
struct SampleList: Sendable {
    let service: String?
    let route: String?
    /// nil for all that came.
    let steps: ClosedRange<Int64>?
    private(set) var samples: [ErrorSample] = []
    /// Whether none came in the steps, so that these are of other times; the nearest is selected. Of each kind of line few
    /// a minute are kept.
    private(set) var isOfOtherTimes = false
    private(set) var place = 0
    private(set) var firstLine = 0
    /// Cells by which lines are moved to the left.
    private(set) var offset = 0
    private var hasMoved = false

    init(service: String?, route: String?, steps: ClosedRange<Int64>?) {
        self.service = service
        self.route = route
        self.steps = steps
    }

    /// Takes the samples anew; the newest is selected until somebody moves.
    mutating func refresh(_ state: TrafficState, _ context: ScreenContext, rows: Int) {
        let before = samples.indices.contains(place) ? samples[place] : nil
        let all = Array(
            state.samples.of(service: service, route: route).filter {
                $0.time <= context.time || context.isLive
            }.reversed())
        samples = all.filter { sample in steps.map { $0.contains(state.step(of: sample.time)) } ?? true }
        isOfOtherTimes = samples.isEmpty && !all.isEmpty
        var first = 0
        if isOfOtherTimes, let steps {
            samples = all
            first =
                all.indices.min {
                    Self.distance(state.step(of: all[$0].time), steps)
                        < Self.distance(state.step(of: all[$1].time), steps)
                } ?? 0
        }
        place = hasMoved ? before.flatMap { samples.firstIndex(of: $0) } ?? place : first
        place = max(0, min(place, samples.count - 1))
        firstLine = Table.firstRow(
            firstLine, selected: place, rowCount: samples.count, visibleRows: max(1, rows))
    }

    private static func distance(_ step: Int64, _ steps: ClosedRange<Int64>) -> UInt64 {
        step < steps.lowerBound
            ? (steps.lowerBound &- step).magnitude
            : step > steps.upperBound ? (step &- steps.upperBound).magnitude : 0
    }

    mutating func move(by distance: Int) {
        hasMoved = true
        place = max(0, min(samples.count - 1, place + max(-samples.count, min(distance, samples.count))))
    }

    mutating func moveText(by cells: Int) {
        offset = max(0, min(offset + cells, ErrorSample.lengthMax))
    }

    var selected: ErrorSample? { samples.indices.contains(place) ? samples[place] : nil }
}

/// The list as drawn: a line each, and the selected one whole below.
struct SampleListView: Widget {
    let list: SampleList
    let hosts: ShortHosts
    let offsetSeconds: Int

    /// Rows that the selected line has below the list.
    static let detailRows = 3

    static func listRows(_ rect: Rect) -> Int {
        max(1, rect.height - (rect.height > 6 ? detailRows + 1 : 0))
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !list.samples.isEmpty else {
            WrappedText([
                "No error line came of it in this window.",
                "Lines are kept of requests answered 5xx, slower than `slow`, and of error logs; esc goes back.",
            ]).draw(on: &buffer, in: rect.inset(left: 2, right: 1))
            return
        }
        let parts = rect.splitTop(Self.listRows(rect))
        for (row, sample) in list.samples.dropFirst(list.firstLine).prefix(parts.top.height).enumerated() {
            let isSelected = list.firstLine + row == list.place
            draw(sample, isSelected, on: &buffer, in: parts.top.row(row))
            if isSelected { buffer.ground(parts.top.row(row), .selection) }
        }
        guard let selected = list.selected, !parts.rest.isEmpty else { return }
        let text = SafeText(selected.text)
        let below = parts.rest.inset(left: 2, top: 1)
        for row in 0..<below.height {
            buffer.draw(
                text.dropping(columns: row * below.width).prefix(columns: below.width), x: below.x,
                y: below.y + row)
        }
    }

    private func draw(_ sample: ErrorSample, _ isSelected: Bool, on buffer: inout CellBuffer, in rect: Rect) {
        let time = Format.clock(milliseconds: sample.time.milliseconds, offsetSeconds: offsetSeconds)
        let times: SafeText = sample.count > 1 ? " x\(Format.count(Double(sample.count)))" : ""
        let head: [TextLine.Span] = [
            TextLine.Span(isSelected ? "> " : "  ", Style(.accent)), TextLine.Span(time, Style(.muted)),
            TextLine.Span(" \(hosts.name(sample.host)) ", Style(.accent)),
            TextLine.Span(SafeText(sample.code), Style(.critical)), TextLine.Span("\(times) "),
            TextLine.Span(SafeText(sample.route), Style(.title)),
        ]
        TextLine(head + [TextLine.Span(" \(SafeText(sample.text).dropping(columns: list.offset))")])
            .draw(on: &buffer, in: rect)
    }
}
