extension HookSettings {
    /// The keys of rules.yaml that are read here.
    package static let keys = ["run_hooks", "hooks", "notify", "heartbeat"]
    /// Hooks that one file may define.
    package static let hooksMax = 100

    /// Reads the four keys out of rules.yaml's mapping; what is wrong is among the reader's errors afterwards.
    package init(_ reader: inout MappingReader) {
        self.init()
        place = reader.choice("run_hooks", of: HookPlace.self) ?? .hub
        readHooks(&reader)
        readNotify(&reader)
        readHeartbeat(&reader)
    }

    private mutating func readHooks(_ reader: inout MappingReader) {
        guard let node = reader.node("hooks") else { return }
        let mapping = MappingReader(node, keys: nil)
        reader.take(mapping.errors)
        if mapping.entries.count > Self.hooksMax {
            reader.refuse(node.place, "more than \(Self.hooksMax) hooks")
        }
        for entry in mapping.entries.prefix(Self.hooksMax) {
            do throws(ConfigurationError) {
                _ = try ConfigurationNode(entry.keyPlace, .scalar(entry.key)).name()
            } catch {
                reader.take([error])
            }
            let (hook, errors) = Self.hook(entry)
            reader.take(errors)
            if let hook { hooks[entry.key] = hook }
            let parts = MappingReader(entry.value, keys: nil)
            places[.command(entry.key)] = parts.node("run")?.place
            places[.secret(entry.key)] = parts.node("secret")?.place
        }
    }

    private static func hook(_ entry: ConfigurationNode.Entry) -> (HookDefinition?, [ConfigurationError]) {
        var reader = MappingReader(
            entry.value,
            keys: ["run", "shell", "secret", "timeout", "retry_for", "gather", "repeat", "send"])
        let command = command(&reader, of: "hook \(entry.key)", at: entry.keyPlace, mayBeShell: true)
        var hook = HookDefinition(name: entry.key, command: command ?? .run([]))
        hook.secret = reader.text("secret")
        let day = Duration.seconds(86_400)
        hook.timeout = reader.duration("timeout", in: .seconds(1)...(.seconds(3600))) ?? hook.timeout
        hook.retryFor = reader.duration("retry_for", in: .zero...day * 7) ?? hook.retryFor
        hook.gather = reader.duration("gather", in: .zero...(.seconds(3600))) ?? hook.gather
        if let node = reader.node("repeat"), node.kind != .scalar("never") {
            hook.repeat = reader.duration("repeat", in: .seconds(10)...day * 7)
        }
        let sent = reader.read("send") { node throws(ConfigurationError) in
            var moments: Set<HookDefinition.Moment> = []
            for node in node.listOrOne() { moments.insert(try node.choice()) }
            guard !moments.isEmpty else {
                throw ConfigurationError(node.place, "nothing is sent: write [firing, resolved]")
            }
            return moments
        }
        hook.send = sent ?? hook.send
        return (command == nil ? nil : hook, reader.errors)
    }

    private static func command(
        _ reader: inout MappingReader, of what: String, at place: Place, mayBeShell: Bool
    ) -> HookDefinition.Command? {
        let (run, shell) = (reader.node("run"), reader.node("shell"))
        if run != nil, let shell {
            reader.refuse(shell.place, "\(what) has run and shell: keep one of them")
            return nil
        }
        if run != nil { return reader.argv("run").map { .run($0) } }
        guard mayBeShell, shell != nil else {
            reader.refuse(place, "\(what) has no command: write run: [hooks/webhook.sh, URL]")
            return nil
        }
        let line = reader.read("shell") { node throws(ConfigurationError) in try node.lines() }
        if let line, line.isEmpty, let shell { reader.refuse(shell.place, "\(what) has an empty command") }
        return line.map { .shell($0) }
    }

    private mutating func readNotify(_ reader: inout MappingReader) {
        guard let node = reader.node("notify") else { return }
        var mapping = MappingReader(node, keys: Severity.allCases.reversed().map(\.rawValue))
        for severity in Severity.allCases {
            guard let node = mapping.node(severity.rawValue) else { continue }
            let (names, errors) = names(node)
            mapping.take(errors)
            notify[severity] = names
        }
        reader.take(mapping.errors)
    }

    /// Names of hooks that are defined here, each once.
    package func names(_ node: ConfigurationNode) -> ([String], [ConfigurationError]) {
        var names: [String] = []
        var errors: [ConfigurationError] = []
        for part in node.listOrOne() {
            do throws(ConfigurationError) {
                let name = try part.name()
                guard hooks[name] != nil else {
                    let known = hooks.keys.sorted().joined(separator: ", ")
                    throw ConfigurationError(
                        part.place,
                        "no hook \"\(name)\" is defined; "
                            + (known.isEmpty ? "define it under hooks:" : "there are: \(known)"))
                }
                if !names.contains(name) { names.append(name) }
            } catch {
                errors.append(error)
            }
        }
        return (names, errors)
    }

    private mutating func readHeartbeat(_ reader: inout MappingReader) {
        guard let entry = reader.entry("heartbeat") else { return }
        var mapping = MappingReader(entry.value, keys: ["run", "every", "timeout"])
        let command = Self.command(&mapping, of: "the heartbeat", at: entry.keyPlace, mayBeShell: false)
        let every = mapping.duration("every", in: .seconds(1)...(.seconds(86_400)))
        let timeout = mapping.duration("timeout", in: .seconds(1)...(.seconds(3600)))
        reader.take(mapping.errors)
        guard let command else { return }
        heartbeat = HeartbeatDefinition(command: command)
        places[.heartbeat] = mapping.node("run")?.place
        if let every { heartbeat?.every = every }
        if let timeout { heartbeat?.timeout = timeout }
    }
}
