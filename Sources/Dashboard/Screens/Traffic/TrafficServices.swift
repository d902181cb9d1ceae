import Fleet
import Telemetry

/// The services that are listed above the heatmap: all of them first where there are several, then each by name, since a
/// list that is sorted by value never stands still.
struct TrafficServices: Sendable {
    struct Line: Sendable {
        /// nil for all.
        let service: String?
        let isDatabase: Bool
        let track: TrafficTrack
        let figures: TrafficFigures
        /// Log lines a second, and the share of them in an unknown form; NaN where unknown.
        let lines: Double
        let unparsed: Double
    }

    private(set) var names: [String] = []
    private(set) var lines: [Line] = []
    private(set) var firstLine = 0
    private var count = 0

    var lineCount: Int { names.count > 1 ? names.count + 1 : names.count }

    mutating func refresh(_ state: TrafficState) {
        guard state.services.count != count else { return }
        count = state.services.count
        names = state.services.map(\.name).sorted(by: FleetNames.isBefore)
    }

    mutating func work(
        _ board: TrafficBoard, _ state: TrafficState, _ context: ScreenContext, places: Range<Int>
    ) {
        lines = names.count > 1 ? [all(board, places)] : []
        for name in names {
            guard let place = state.services.firstIndex(where: { $0.name == name }),
                board.services.indices.contains(place)
            else { continue }
            let (rate, unparsed) = Self.logFigures(name, context)
            lines.append(
                Line(
                    service: name, isDatabase: state.services[place].isDatabase, track: board.services[place],
                    figures: board.services[place].figures(of: places), lines: rate, unparsed: unparsed))
        }
    }

    private func all(_ board: TrafficBoard, _ places: Range<Int>) -> Line {
        Line(
            service: nil, isDatabase: false, track: board.all, figures: board.all.figures(of: places),
            lines: .nan, unparsed: .nan)
    }

    /// Over all hosts: the sum of the lines, and the share of them that could not be read.
    private static func logFigures(_ name: String, _ context: ScreenContext) -> (Double, Double) {
        var lines = Double.nan
        var unread = Double.nan
        for host in context.state.hosts {
            let time = context.time(of: host)
            let rate = host.value(TrafficSignals.lines, ["service": name], at: time)
            guard !rate.isNaN else { continue }
            lines = lines.isNaN ? rate : lines + rate
            let share = host.value(TrafficSignals.unparsed, ["service": name], at: time)
            if !share.isNaN { unread = (unread.isNaN ? 0 : unread) + share * rate }
        }
        return (lines, lines > 0 ? unread / lines : unread.isNaN ? .nan : 0)
    }

    mutating func scroll(to service: String?, rows: Int) {
        let line = lines.firstIndex { $0.service == service } ?? 0
        firstLine = max(0, min(firstLine, max(0, lines.count - rows)))
        if line < firstLine {
            firstLine = line
        } else if line >= firstLine + rows {
            firstLine = line - rows + 1
        }
    }

    /// The service of a line, where there is one; nil inside is all.
    func service(atLine line: Int) -> String?? {
        lines.indices.contains(line) ? .some(lines[line].service) : nil
    }

    func service(after service: String?, by distance: Int) -> String? {
        guard !lines.isEmpty else { return service }
        let at = lines.firstIndex { $0.service == service } ?? 0
        return lines[max(0, min(at + distance, lines.count - 1))].service
    }
}
