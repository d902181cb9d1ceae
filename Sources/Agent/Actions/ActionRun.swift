import CLinux
import Glibc
import Telemetry
import Wire

/// One order as it is to be run: nothing of it comes from the wire but what was checked against the host's own file.
struct ActionRun {
    /// The variable that all processes of an order have.
    static let idVariable = "MARTLET_ACTION_ID"

    let id: String
    let action: AgentConfiguration.Action
    let words: [String]
    let environment: [String]
    /// Whom the runner becomes; nil for the agent's own user, and where sudo does it.
    let user: HostUser?
    let usesSudo: Bool
    let actor: String
    let auditsToSyslog: Bool

    private static let path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
    private static let sudoPlaces: [String] = ["/usr/bin/sudo", "/bin/sudo", "/usr/local/bin/sudo"]
    /// nil where this host has none.
    static var sudo: String? { sudoPlaces.first { unsafe access($0, X_OK) == 0 } }

    /// Throws why it cannot be run as its section says.
    init(
        _ order: Order, _ action: AgentConfiguration.Action, _ values: [Label], auditsToSyslog: Bool
    ) throws(ActionError) {
        guard let run = action.run else { throw ActionError("[action \(action.name)] has no run") }
        id = order.id
        self.action = action
        self.auditsToSyslog = auditsToSyslog
        actor = order.actor.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        let own = HostUser.numbered(geteuid())
        var words = run.filled(values)
        var user: HostUser?
        var usesSudo = false
        if let name = action.user, name != own?.name {
            user = HostUser.named(name)
            if geteuid() != 0 {
                guard let sudo = Self.sudo else {
                    throw ActionError(
                        "\(action.name) is for \(name), and this host has no sudo; run the agent as \(name) or root"
                    )
                }
                words = [sudo, "-n"] + (name == "root" ? [] : ["-u", name]) + ["--"] + words
                usesSudo = true
            } else if user == nil {
                throw ActionError("user = \(name): /etc/passwd has no such user; add it, or name another")
            }
        }
        let runner = user?.number ?? geteuid()
        if let fault = ScriptTrust.fault(of: run.program, user: runner) { throw ActionError(fault) }
        self.words = words
        self.usesSudo = usesSudo
        self.user = usesSudo ? nil : user
        let seen = user ?? own
        environment =
            [
                Self.path, "LANG=C.UTF-8", "SHELL=/bin/sh", "HOME=\(seen?.home ?? "/")",
                "USER=\(seen?.name ?? "\(runner)")", "LOGNAME=\(seen?.name ?? "\(runner)")",
                "\(Self.idVariable)=\(order.id)", "MARTLET_ACTION=\(action.name)",
            ] + (actor.utf8.contains(0) ? [] : ["MARTLET_ACTOR=\(actor)"])
    }

    /// Starts it; the pid, or -errno.
    func start(output: Int32, group: Int32) -> Int32 {
        var argv: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            unsafe argv.forEach { unsafe free($0) }
            unsafe variables.forEach { unsafe free($0) }
        }
        let groups = user?.groups ?? []
        return unsafe argv.withUnsafeMutableBufferPointer { argv in
            unsafe variables.withUnsafeMutableBufferPointer { variables in
                unsafe groups.withUnsafeBufferPointer { groups in
                    var script = unsafe clinux_script()
                    unsafe script.path = unsafe UnsafePointer(argv[0])
                    unsafe script.arguments = unsafe UnsafePointer(argv.baseAddress)
                    unsafe script.environment = unsafe UnsafePointer(variables.baseAddress)
                    unsafe script.output = output
                    unsafe script.cgroup_procs = group
                    unsafe script.becomes_user = user == nil ? 0 : 1
                    unsafe script.user = user?.number ?? 0
                    unsafe script.group = user?.group ?? 0
                    unsafe script.groups = groups.baseAddress
                    unsafe script.group_count = groups.count
                    return unsafe clinux_script_start(&script)
                }
            }
        }
    }
}
