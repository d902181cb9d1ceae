/// One thing that `martlet doctor` looked at.
struct Finding: Equatable, Sendable, Encodable {
    /// How well a thing is.
    enum Verdict: String, Sendable, Encodable {
        case good
        /// Works, with less to see; the remedy says how to see more.
        case limited
        /// Something the user asked for cannot work.
        case missing
    }

    /// The part of the machine: terminal, locale, kernel, permissions, programs, hub, configuration.
    let area: String
    let subject: String
    let verdict: Verdict
    let detail: String
    /// The command or sentence that mends it; nil where nothing is to mend.
    let remedy: String?

    static func good(_ area: String, _ subject: String, _ detail: String) -> Finding {
        Finding(area: area, subject: subject, verdict: .good, detail: detail, remedy: nil)
    }

    static func limited(_ area: String, _ subject: String, _ detail: String, remedy: String) -> Finding {
        Finding(area: area, subject: subject, verdict: .limited, detail: detail, remedy: remedy)
    }

    static func missing(_ area: String, _ subject: String, _ detail: String, remedy: String) -> Finding {
        Finding(area: area, subject: subject, verdict: .missing, detail: detail, remedy: remedy)
    }
}
