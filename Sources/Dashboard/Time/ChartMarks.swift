import Canvas
import Fleet
import Telemetry
import Text

/// What stands on the charts of one host or service, in the order of time: a letter at its moment.
struct ChartMarks: Sendable {
    let marks: [Mark]

    init(_ marks: [Mark] = []) {
        self.marks = marks
    }

    /// By cell, where `place` says which cell a moment is in, nil for none; of those of one cell the gravest.
    private func cells(_ place: (Timestamp) -> Int?) -> [Int: Mark] {
        var cells: [Int: Mark] = [:]
        for mark in marks {
            guard let cell = place(mark.at) else { continue }
            if let known = cells[cell], known.kind.rank > mark.kind.rank { continue }
            cells[cell] = mark
        }
        return cells
    }

    /// Over a row whose cell of a moment `place` says.
    func draw(on buffer: inout CellBuffer, in row: Rect, _ place: (Timestamp) -> Int?) {
        for (cell, mark) in cells(place) where (0..<row.width).contains(cell) {
            buffer.put(mark.kind.scalar, x: row.x + cell, y: row.y, style: mark.kind.style)
        }
    }

    /// Over the cells of a row of `columns`, for a sparkline of as many.
    func over(_ columns: StepColumns, stepMilliseconds: Int64) -> [Sparkline.Mark] {
        guard !marks.isEmpty else { return [] }
        let history = SignalHistory(stepMilliseconds: stepMilliseconds, capacity: 1)
        return cells { columns.column(of: history.step(of: $0)) }.map { cell, mark in
            Sparkline.Mark(place: cell, scalar: mark.kind.scalar, style: mark.kind.style)
        }.sorted { $0.place < $1.place }
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
    /// Of those of one cell the highest is drawn.
    var rank: Int {
        switch self {
        case .note: 0
        case .action: 1
        case .deploy: 2
        }
    }

    /// A letter first, a colour second.
    var letter: SafeText {
        switch self {
        case .note: "N"
        case .action: "A"
        case .deploy: "D"
        }
    }

    var scalar: UInt32 { letter.string.unicodeScalars.first?.value ?? 0x20 }

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
