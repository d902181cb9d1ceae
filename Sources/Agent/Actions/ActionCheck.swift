import Glibc

/// Whether an action of the configuration could be started by this user now, and what is needed for it.
struct ActionCheck {
    let name: String
    /// Where its section is, what is wrong and what mends it; nil where nothing is.
    let fault: String?
    /// What sudoers must say, where the agent is to become another user; nil where it need not.
    let sudoers: String?

    init(_ action: AgentConfiguration.Action) {
        name = action.name
        let own = HostUser.numbered(geteuid())
        let user = action.user.flatMap(HostUser.named)
        var faults: [String] = []
        if let name = action.user, user == nil, name != own?.name {
            faults.append("user = \(name): /etc/passwd has no such user; add it, or name another")
        }
        if let run = action.run,
            let fault = ScriptTrust.fault(of: run.program, user: user?.number ?? geteuid())
        {
            faults.append(fault)
        }
        let isOther = action.user != nil && action.user != own?.name && geteuid() != 0
        if isOther, ActionRun.sudo == nil {
            faults.append(
                "user = \(action.user ?? ""): this host has no sudo; install it, or run the agent as that user"
            )
        }
        sudoers = isOther ? SudoersLine.text(action, agent: own?.name ?? "#\(geteuid())") : nil
        fault =
            faults.isEmpty
            ? nil
            : "\(action.file):\(action.line):1: [action \(action.name)] \(faults.joined(separator: "; "))"
    }
}
