import Canvas
import Fleet
import Text

/// What the screen says while it has nothing to show: why, and the command that fills it.
struct TrafficNotice: Widget {
    private let words: [SafeText]

    /// nil where there is something to show.
    init?(_ context: ScreenContext, rowTotal: Int, rows: Int) {
        guard let state = context.state.traffic else {
            words =
                context.state.hubLoss.map(Self.lost) ?? ["Asking the hub for requests.", ""]
            return
        }
        if rows > 0 { return nil }
        if let loss = context.state.hubLoss {
            words = Self.lost(loss)
        } else if !context.state.isComplete {
            words = ["Waiting for the hub's history of requests.", ""]
        } else if rowTotal > 0, !context.query.isEmpty {
            words = ["Nothing matches \(SafeText(context.queryText)).", "esc clears the filter."]
        } else if !state.series.isEmpty, context.host != nil || context.scope != nil {
            words = ["No requests were seen of these hosts.", "4 shows those of all hosts."]
        } else {
            words = [
                "No log of requests is followed.",
                "`martlet-agent discover` on a host finds services, their logs and formats, and proposes what to follow;",
                "`martlet-agent check` says why a log that is followed cannot be read.",
            ]
        }
    }

    private static func lost(_ reason: String) -> [SafeText] {
        ["The hub does not answer: \(SafeText(reason))", "It is tried again; `martlet doctor` says more."]
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let left = rect.width > 60 ? 3 : 1
        WrappedText(words).draw(
            on: &buffer, in: rect.inset(left: left, top: rect.height > 6 ? rect.height / 4 : 0, right: left))
    }
}
