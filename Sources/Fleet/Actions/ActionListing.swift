package import Telemetry

/// What one host lets others start, as the API tells it.
package struct ActionListing: Codable, Hashable, Sendable {
    /// `param.NAME = TYPE` of agent.conf.
    package struct Parameter: Codable, Hashable, Sendable {
        package var name: String
        /// As in agent.conf: `choice fast|safe default safe`.
        package var type: String
    }

    /// `[action NAME]` of agent.conf, as the API has it.
    package struct Action: Codable, Hashable, Sendable {
        package var name: String
        package var about: String
        /// `look`, `service` or `destroy`.
        package var danger: String
        package var lock: String
        package var user: String
        package var timeoutMilliseconds: UInt64
        package var expectsReboot: Bool
        package var returnMilliseconds: UInt64
        package var parameters: [Parameter]
    }

    package var host: String
    package var actions: [Action]
    /// Why the host takes no order now; empty where it takes them.
    package var refusal: String
    package var isWeaklyContained: Bool
    /// Whether its agent is connected: then an order reaches it at once.
    package var isConnected: Bool

    /// On a protected host every action asks for one danger more than it declares.
    package init(
        host: String, _ declared: HostActions, isConnected: Bool = true, isProtected: Bool = false
    ) {
        self.host = host
        refusal = declared.refusal
        isWeaklyContained = declared.isWeaklyContained
        self.isConnected = isConnected
        actions = declared.actions.map { action in
            Action(
                name: action.name, about: action.about,
                danger: (isProtected ? action.danger.raised : action.danger).rawValue, lock: action.lock,
                user: action.user, timeoutMilliseconds: action.timeoutMilliseconds,
                expectsReboot: action.expectsReboot, returnMilliseconds: action.returnMilliseconds,
                parameters: action.parameters.map { Parameter(name: $0.name, type: $0.type.text) })
        }
    }

    /// The same as what is declared; an action whose danger or parameters this build does not know is left out.
    package var declared: [DeclaredAction] {
        actions.compactMap { action in
            guard let danger = ActionDanger(rawValue: action.danger) else { return nil }
            var parameters: [DeclaredAction.Parameter] = []
            for parameter in action.parameters {
                guard let type = try? ActionParameter(parameter.type) else { return nil }
                parameters.append(DeclaredAction.Parameter(name: parameter.name, type: type))
            }
            return DeclaredAction(
                name: action.name, about: action.about, danger: danger, lock: action.lock, user: action.user,
                timeoutMilliseconds: action.timeoutMilliseconds, expectsReboot: action.expectsReboot,
                returnMilliseconds: action.returnMilliseconds, parameters: parameters)
        }
    }
}
