/// What a rollout will do, fixed when it is made: which hosts in which batches, with which parameters.
package struct RolloutPlan: Hashable, Sendable, Codable {
    package let id: String
    package var definition: RolloutDefinition
    /// All of the definition's parameters, as given or by their initial values.
    package var parameters: [String: String]
    /// The hosts that each batch adds; no host stands twice.
    package var batches: [[String]]
    /// Who started it, and why.
    package var actor: String
    package var reason: String
    /// Milliseconds since the epoch.
    package var createdAt: Int64
    /// The rollout whose hosts this one takes back.
    package var undoes: String?
    /// What each host's probe named as its version when the plan was made: what the way back must bring again.
    package var versionsBefore: [String: String]

    package init(
        id: String, _ definition: RolloutDefinition, parameters: [String: String], batches: [[String]],
        actor: String, reason: String = "", createdAt: Int64, undoes: String? = nil,
        versionsBefore: [String: String] = [:]
    ) {
        self.id = id
        self.definition = definition
        self.parameters = parameters
        self.batches = batches
        self.actor = actor
        self.reason = reason
        self.createdAt = createdAt
        self.undoes = undoes
        self.versionsBefore = versionsBefore
    }

    package var hosts: [String] { batches.flatMap { $0 } }

    /// That of its view.
    package var title: String {
        RolloutView.title(definition.name, version: parameters["version"] ?? "", undoes: undoes)
    }

    /// `text` with each `{name}` of a parameter replaced by its value.
    package func filled(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            result += rest[..<open]
            result += parameters[name] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
