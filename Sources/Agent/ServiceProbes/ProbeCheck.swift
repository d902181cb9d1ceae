import RequestLogs
import Text

/// One look by a `[probe]`, for `martlet-agent check`.
struct ProbeCheck {
    let name: String
    let answer: ProbeAnswer

    init(_ probe: AgentConfiguration.Probe) {
        name = probe.name
        answer = ProbeWork.look(probe)
    }

    /// What is not as the file says; nil where the service answers.
    var fault: String? {
        answer.isGood ? nil : "[probe \(name)] is not good: \(answer.reason)"
    }

    var text: String {
        let version = answer.version.isEmpty ? "" : ", version \(answer.version)"
        return "[probe \(name)] is good: \(milliseconds) ms\(version)"
    }

    var json: String {
        let reason = answer.isGood ? "null" : SummaryJSON.quoted(answer.reason)
        let end = answer.notAfter.map { String($0) } ?? "null"
        return
            "{\"name\":\(SummaryJSON.quoted(name)),\"good\":\(answer.isGood),\"seconds\":\(Double(answer.nanoseconds) / 1e9),"
            + "\"version\":\(SummaryJSON.quoted(answer.version)),\"tls_not_after\":\(end),\"reason\":\(reason)}"
    }

    private var milliseconds: String {
        "\(Format.fixed(Double(answer.nanoseconds) / 1e6, places: 1))"
    }
}
