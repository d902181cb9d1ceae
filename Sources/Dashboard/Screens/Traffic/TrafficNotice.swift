import Canvas
import Fleet
import Telemetry
import Text

/// What the screen says while it has nothing to show: why, and the command that fills it.
struct TrafficNotice: Widget {
    private let words: [SafeText]
    /// Lines that cannot be read, under the words that say so.
    private var unread: [UnreadLine] = []
    private static let unreadMax = 3

    /// Services of which it is told why they show nothing.
    private static let servicesMax = 8

    /// - Parameter services: those that are chosen.
    /// nil where there is something to show.
    init?(
        _ context: ScreenContext, rowTotal: Int, rows: Int, service: String?,
        services: [TrafficServices.Line]
    ) {
        guard let state = context.state.traffic else {
            words =
                context.state.hubLoss.map(Self.lost) ?? ["Asking the hub for requests.", ""]
            return
        }
        if rows > 0 { return nil }
        let reasons =
            services.compactMap { line in line.service.flatMap { line.logs.sentence(SafeText($0)) } }
            + Self.closedLogs(context)
        if let loss = context.state.hubLoss {
            words = Self.lost(loss)
        } else if !context.state.isComplete {
            words = ["Waiting for the hub's history of requests.", ""]
        } else if rowTotal > 0, !context.query.isEmpty {
            let whose = service.map { " of \(SafeText($0))" } ?? ""
            words = ["Nothing\(whose) matches \(SafeText(context.queryText)).", "esc clears the filter."]
        } else if !reasons.isEmpty {
            words = ["No requests are known of this window."] + reasons.prefix(Self.servicesMax)
            let names = Set(services.filter { $0.logs.note != nil }.compactMap(\.service))
            let lines = state.unread.values.filter { line in
                names.contains(line.kind.service) && context.isAbout(line.kind.host)
            }
            unread = Array(lines.sorted { $0.kind < $1.kind }.prefix(Self.unreadMax))
        } else if let silent = Self.silence(context) {
            words = silent
        } else if !context.isLive {
            words = [
                "Nothing is known of requests in this window of the past.",
                "p goes live again; , . { } and @ go elsewhere, Z looks at more at once.",
            ]
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

    /// Logs that were found and may not be read, each with what to do: `/var/log/x.log on web1: add the agent's user ...`.
    static func closedLogs(_ context: ScreenContext) -> [SafeText] {
        context.state.hosts.flatMap { host -> [SafeText] in
            guard context.isAbout(host.id) else { return [] }
            // What is not applicable is named by its collector, and a log by its path; a configuration that was sent and
            // is wrong follows no log either.
            let told = { (name: String) in name.hasPrefix("/") || name == "agent_conf" }
            return (host.facts?.notApplicable ?? []).filter { told($0.name) }.map {
                "\(SafeText($0.name)) on \(SafeText(host.id.name)): \(SafeText($0.value))"
            }
        }
    }

    private static func lost(_ reason: String) -> [SafeText] {
        ["The hub does not answer: \(SafeText(reason))", "It is tried again; `martlet doctor` says more."]
    }

    /// Where no host delivers, that is why; nil where one does, or none is listed.
    private static func silence(_ context: ScreenContext) -> [SafeText]? {
        let hosts = context.state.hosts.filter { context.isAbout($0.id) }
        guard context.isLive, !hosts.isEmpty else { return nil }
        var reasons: [SafeText] = []
        for host in hosts {
            switch host.summary?.state {
            case .failed(let reason, _): reasons.append("\(SafeText(host.id.name)): \(SafeText(reason))")
            case .stale: reasons.append("\(SafeText(host.id.name)): no data any more")
            case .connecting: reasons.append("\(SafeText(host.id.name)): connecting")
            case .off: reasons.append("\(SafeText(host.id.name)): listed, not dialled")
            case .live, nil: return nil
            }
        }
        return ["No host delivers data."] + reasons.prefix(servicesMax)
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let left = rect.width > 60 ? 3 : 1
        let high = unread.isEmpty ? rect.height / 4 : 1
        let inner = rect.inset(left: left, top: rect.height > 6 ? high : 0, right: left)
        let text = WrappedText(words)
        text.draw(on: &buffer, in: inner)
        var top = text.height(width: inner.width) + 1
        for line in unread where top + UnreadLineView.height <= inner.height {
            UnreadLineView(line: line).draw(on: &buffer, in: inner.inset(top: top))
            top += UnreadLineView.height + 1
        }
    }
}
