/// A command that tells people of alerts, as `hooks:` of rules.yaml defines it (docs/hooks.md).
package struct HookDefinition: Hashable, Sendable {
    /// `run:` or `shell:` of rules.yaml.
    package enum Command: Hashable, Sendable {
        /// The program and its words; no shell.
        case run([String])
        /// A line for /bin/sh -c.
        case shell(String)
    }

    /// Which transitions a hook is told of.
    package enum Moment: String, Hashable, Sendable, CaseIterable {
        case firing, resolved
    }

    package var name: String
    package var command: Command
    /// A file that its owner alone may read; the hook reads it from descriptor 3.
    package var secret: String?
    package var timeout: Duration
    /// For how long it is tried again after exit 75 or a time-out.
    package var retryFor: Duration
    /// The first alert goes at once; what else comes within this time goes in one second run.
    package var gather: Duration
    /// Again while an alert fires and nobody has acknowledged it; nil: never.
    package var `repeat`: Duration?
    package var send: Set<Moment>

    package init(
        name: String, command: Command, secret: String? = nil, timeout: Duration = .seconds(30),
        retryFor: Duration = .seconds(3600), gather: Duration = .seconds(30), repeat: Duration? = nil,
        send: Set<Moment> = Set(Moment.allCases)
    ) {
        self.name = name
        self.command = command
        self.secret = secret
        self.timeout = timeout
        self.retryFor = retryFor
        self.gather = gather
        self.repeat = `repeat`
        self.send = send
    }
}

/// "The watcher is alive", for an outside dead-man's switch: run after an evaluation of all rules went through; never
/// retried, never gathered.
package struct HeartbeatDefinition: Hashable, Sendable {
    package var command: HookDefinition.Command
    package var every: Duration
    package var timeout: Duration

    package init(
        command: HookDefinition.Command, every: Duration = .seconds(60), timeout: Duration = .seconds(10)
    ) {
        self.command = command
        self.every = every
        self.timeout = timeout
    }
}

/// Which hubs run hooks.
package enum HookPlace: String, Hashable, Sendable, CaseIterable {
    /// Only `martlet hub`, so that three open dashboards do not page three times.
    case hub
    /// A dashboard's own hub too.
    case any
}

/// All that rules.yaml says of hooks: `run_hooks`, `hooks`, `notify` and `heartbeat`.
package struct HookSettings: Hashable, Sendable {
    package var place: HookPlace = .hub
    /// By name.
    package var hooks: [String: HookDefinition] = [:]
    /// The hooks of a severity, for rules that name none.
    package var notify: [Severity: [String]] = [:]
    package var heartbeat: HeartbeatDefinition?
    /// Where in rules.yaml the parts stand that are only looked at once all is read.
    package var places: [Part: Place] = [:]

    /// What names a file.
    package enum Part: Hashable, Sendable {
        case command(String), secret(String), heartbeat
    }

    /// No hook at all: what a hub without rules.yaml has.
    package init() {}
}
