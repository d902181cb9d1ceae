package import Fleet

/// What a screen asks of the hub about alerts; the session adds who asks.
package enum AlertRequest: Hashable, Sendable {
    case acknowledge(ids: [String], note: String)
    case silence(selector: String, milliseconds: Int64, note: String)
    /// What a silence would hide now.
    case preview(selector: String)
    /// A line on everybody's time bar; `place` is a selector's text or empty.
    case note(text: String, place: String)
    /// What the condition of an open alert looked at.
    case chart(id: String, spanMilliseconds: Int64)
}

/// What the hub says of alerts, at first and at each change, and what it answers.
package enum AlertNews: Hashable, Sendable {
    case board(AlertBoard)
    case chart(AlertChart)
    /// What the selector of a silence hides.
    case hides(selector: String, [Alert])
    /// The hub did what was asked, in words.
    case done(String)
    /// The hub refused, and why.
    case refused(AlertRequest, reason: String)
}

extension AlertNews {
    /// Who took on which of the alerts that were asked for: those that are over meanwhile want nobody any more.
    package static func taken(_ alerts: [Alert], ofAsked asked: Int, by: String) -> AlertNews {
        let over = asked > alerts.count ? "; \(asked - alerts.count) over meanwhile" : ""
        guard let first = alerts.first else { return .done("all of them are over meanwhile") }
        guard alerts.count > 1 else { return .done("\(by) has \(first.name) \(first.place)\(over)") }
        return .done("\(by) has \(alerts.count) alerts of \(first.name)\(over)")
    }
}
