import Canvas
import Fleet
import Telemetry
import Text

/// A character that stands on a chart at its moment.
struct ChartMark: Hashable, Sendable {
    let time: Timestamp
    let scalar: UInt32
    let style: Style
    /// Of those of one cell the highest is drawn.
    let rank: Int
    /// What happened, for a cursor that stands on it.
    let text: String
}

/// What stands on the charts of one host or service, in the order of time.
struct ChartMarks: Sendable {
    private(set) var marks: [ChartMark] = []

    init() {}

    init(_ marks: [Mark]) {
        self.marks = marks.map(ChartMark.init)
    }

    /// By cell, where `place` says which cell a moment is in, nil for none.
    func cells(_ place: (Timestamp) -> Int?) -> [Int: ChartMark] {
        var cells: [Int: ChartMark] = [:]
        for mark in marks {
            guard let cell = place(mark.time) else { continue }
            if let known = cells[cell], known.rank > mark.rank { continue }
            cells[cell] = mark
        }
        return cells
    }

    /// Over the cells of a row of `columns`, for a sparkline of as many.
    func over(_ columns: StepColumns, stepMilliseconds: Int64) -> [Sparkline.Mark] {
        guard !marks.isEmpty else { return [] }
        let history = SignalHistory(stepMilliseconds: stepMilliseconds, capacity: 1)
        return cells { columns.column(of: history.step(of: $0)) }.map { cell, mark in
            Sparkline.Mark(place: cell, scalar: mark.scalar, style: mark.style)
        }.sorted { $0.place < $1.place }
    }
}

extension ChartMark {
    init(_ mark: Mark) {
        time = mark.at
        rank = mark.kind.rank
        scalar = mark.kind.scalar
        style = mark.kind.style
        text = mark.sentence
    }
}

extension Mark {
    /// `deploy web 4.12.1 by marta on web1 and 3 more`.
    var sentence: String {
        var words = title.hasPrefix(kind.rawValue) ? title : "\(kind.rawValue) \(title)"
        if !actor.isEmpty { words += " by \(actor)" }
        if !place.isEmpty, place != service || !title.contains(service) { words += " on \(place)" }
        return words
    }
}

extension Mark.Kind {
    var rank: Int {
        switch self {
        case .note: 0
        case .action: 1
        case .deploy: 2
        }
    }

    /// A letter first, a colour second.
    var scalar: UInt32 {
        switch self {
        case .note: 0x4E
        case .action: 0x41
        case .deploy: 0x44
        }
    }

    var style: Style {
        switch self {
        case .note: Style(.title, bold: true)
        case .action: Style(.marked, bold: true)
        case .deploy: Style(.accent, bold: true)
        }
    }
}

extension ScreenContext {
    /// What stands on a host's charts.
    func marks(of host: HostID) -> ChartMarks {
        ChartMarks(marksOfWindow.filter { $0.isAbout(host) })
    }

    /// What stands on the charts of requests: of one service, or of all.
    func marks(ofService service: String?) -> ChartMarks {
        ChartMarks(
            marksOfWindow.filter { mark in
                (service.map(mark.isAbout(service:)) ?? true) && (host.map(mark.isAbout) ?? true)
            })
    }

    /// What stands on the strips of lines: of the hosts that are shown.
    var marksOfLines: ChartMarks {
        guard case .logs(let hosts) = state.view.subject, !hosts.isEmpty else {
            return ChartMarks(Array(marksOfWindow))
        }
        return ChartMarks(marksOfWindow.filter { mark in hosts.contains(where: mark.isAbout) })
    }

    /// Those that the hosts in scope may have, in the time that is drawn.
    private var marksOfWindow: ArraySlice<Mark> {
        let marks = state.marks
        guard let last = marks.last else { return [] }
        let start = time.advanced(byMilliseconds: -state.view.windowMilliseconds)
        guard last.at >= start else { return [] }
        return marks[(marks.firstIndex { $0.at >= start } ?? marks.endIndex)...]
    }
}
