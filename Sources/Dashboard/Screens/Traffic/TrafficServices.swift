import Fleet
import Telemetry
import Text

/// The services that are listed above the heatmap: all of them first where there are several, then each by name, since a
/// list that is sorted by value never stands still.
struct TrafficServices: Sendable {
    struct Line: Sendable {
        /// nil for all.
        let service: String?
        let isDatabase: Bool
        let track: TrafficTrack
        let figures: TrafficFigures
        let logs: ServiceLogs
    }

    private(set) var names: [String] = []
    private(set) var lines: [Line] = []
    private(set) var firstLine = 0
    private var basis: Basis?

    /// What the names are worked out from.
    private struct Basis: Hashable {
        var services: Int
        var logs: Int
        var second: Int64
        var host: HostID?
        var scope: Set<HostID>?
    }

    var lineCount: Int { names.count > 1 ? names.count + 1 : names.count }

    /// Services with requests, and those that are followed and should have some.
    mutating func refresh(_ state: TrafficState, _ context: ScreenContext) {
        let hosts = Self.hosts(context)
        let next = Basis(
            services: state.services.count,
            logs: hosts.reduce(0) { $0 + $1.labels(of: TrafficSignals.lag).count },
            // Whether one without requests is listed turns on what came.
            second: context.time.milliseconds / 1000, host: context.host, scope: context.scope)
        guard next != basis else { return }
        basis = next
        let known = Set(state.services.map(\.name))
        let followed = Set(hosts.flatMap { $0.labels(of: TrafficSignals.lag).compactMap { $0["service"] } })
        let silent = followed.subtracting(known).filter { name in
            let logs = ServiceLogs(of: name, hosts, context, hasRequests: false)
            return logs.isTrouble || !logs.hasLevels
        }.sorted(by: NaturalOrder.isBefore).prefix(TrafficState.servicesMax)
        names = known.union(silent).sorted(by: NaturalOrder.isBefore)
    }

    private static func hosts(_ context: ScreenContext) -> [HostState] {
        context.state.hosts.filter { context.isAbout($0.id) }
    }

    mutating func work(
        _ board: TrafficBoard, _ state: TrafficState, _ context: ScreenContext, places: Range<Int>
    ) {
        let hosts = Self.hosts(context)
        let tracks = Dictionary(
            state.services.indices.map { (state.services[$0].name, $0) },
            uniquingKeysWith: { first, _ in first })
        lines = names.count > 1 ? [all(board, places)] : []
        for name in names {
            let place = tracks[name].flatMap { board.services.indices.contains($0) ? $0 : nil }
            let track = place.map { board.services[$0] } ?? TrafficTrack(count: board.count)
            let logs = ServiceLogs(
                of: name, hosts, context, hasRequests: track.cells.contains { $0 != nil })
            lines.append(
                Line(
                    service: name, isDatabase: place.map { state.services[$0].isDatabase } ?? false,
                    track: track, figures: track.figures(of: places), logs: logs))
        }
    }

    private func all(_ board: TrafficBoard, _ places: Range<Int>) -> Line {
        Line(
            service: nil, isDatabase: false, track: board.all, figures: board.all.figures(of: places),
            logs: ServiceLogs())
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
