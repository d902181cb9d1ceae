package import Fleet

/// What a screen asks of the hub about alerts; the session adds who asks.
package enum AlertRequest: Hashable, Sendable {
    case acknowledge(id: String, note: String)
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
