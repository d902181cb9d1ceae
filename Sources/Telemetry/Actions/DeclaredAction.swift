/// How much care starting an action asks for (docs/actions.md).
package enum ActionDanger: String, Sendable, CaseIterable {
    /// Changes nothing.
    case look
    /// One host: a second choice; several: their number is typed.
    case service
    /// The host's name is typed, or the group's and the number.
    case destroy

    /// What the same action asks for on a host that is protected.
    package var raised: ActionDanger {
        switch self {
        case .look: .service
        case .service, .destroy: .destroy
        }
    }
}

/// An action as its host tells of it: what may be asked for, and nothing of how it is done.
package struct DeclaredAction: Hashable, Sendable {
    package var name: String
    package var about: String
    package var danger: ActionDanger
    /// Actions of one lock exclude each other on their host.
    package var lock: String
    /// Who runs it; empty for the agent's own user.
    package var user: String
    package var timeoutMilliseconds: UInt64
    /// Done when the host comes back with another boot id, within `returnMilliseconds` of the script's end.
    package var expectsReboot: Bool
    package var returnMilliseconds: UInt64
    /// In the order of the file.
    package var parameters: [Parameter]

    /// One that `run` names in braces.
    package struct Parameter: Hashable, Sendable {
        package let name: String
        package let type: ActionParameter

        package init(name: String, type: ActionParameter) {
            self.name = name
            self.type = type
        }
    }

    package init(
        name: String, about: String, danger: ActionDanger = .service, lock: String? = nil, user: String = "",
        timeoutMilliseconds: UInt64 = 300_000, expectsReboot: Bool = false,
        returnMilliseconds: UInt64 = 600_000, parameters: [Parameter] = []
    ) {
        self.name = name
        self.about = about
        self.danger = danger
        self.lock = lock ?? name
        self.user = user
        self.timeoutMilliseconds = timeoutMilliseconds
        self.expectsReboot = expectsReboot
        self.returnMilliseconds = returnMilliseconds
        self.parameters = parameters
    }

    /// Every parameter's value in the order in which they are declared, with defaults where none was given. Throws what
    /// is unknown, missing, given twice or no value of its type.
    package func filled(_ given: [Label]) throws(ActionError) -> [Label] {
        for (place, label) in given.enumerated() {
            guard parameters.contains(where: { $0.name == label.name }) else {
                let known = parameters.map(\.name).joined(separator: ", ")
                throw ActionError(
                    "\(name) has no parameter \(label.name); "
                        + (known.isEmpty ? "it takes none" : "it takes \(known)"))
            }
            guard !given[..<place].contains(where: { $0.name == label.name }) else {
                throw ActionError("\(label.name) is given twice; keep one")
            }
        }
        var values: [Label] = []
        for parameter in parameters {
            guard
                let value = given.first(where: { $0.name == parameter.name })?.value
                    ?? parameter.type.standard
            else {
                throw ActionError("\(name) needs \(parameter.name): \(parameter.type.words)")
            }
            guard parameter.type.takes(value) else {
                throw ActionError("\(parameter.name) = \(value): write \(parameter.type.words)")
            }
            values.append(Label(parameter.name, value))
        }
        return values
    }
}

/// What one host lets others start.
package struct HostActions: Hashable, Sendable {
    /// In the order of the file.
    package var actions: [DeclaredAction]
    /// Why the host takes no order now, whatever it declares; empty where it takes them.
    package var refusal: String
    /// Whether what an action starts can get away when it is ended: no control group of its own holds it.
    package var isWeaklyContained: Bool

    package init(actions: [DeclaredAction] = [], refusal: String = "", isWeaklyContained: Bool = false) {
        self.actions = actions
        self.refusal = refusal
        self.isWeaklyContained = isWeaklyContained
    }
}
