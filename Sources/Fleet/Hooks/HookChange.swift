/// What differs between who is told now and who a folder would have told.
package struct HookChange: Hashable, Sendable {
    private var new: [String] = []
    private var gone: [String] = []
    private var changed: [String] = []
    /// Of what is no hook: `run_hooks`, `heartbeat`, and `notify` of a severity.
    private var others: [String] = []

    /// What each part says, or its digest, by the names that ``HookSettings/words`` gives them.
    package init(from old: [String: String], to new: [String: String]) {
        for part in Set(old.keys).union(new.keys).sorted() where old[part] != new[part] {
            guard let name = HookSettings.hook(ofPart: part) else {
                others.append(part)
                continue
            }
            if old[part] == nil {
                self.new.append(name)
            } else if new[part] == nil {
                gone.append(name)
            } else {
                changed.append(name)
            }
        }
    }

    /// `1 hook new (page)`, each a line.
    package var lines: [String] {
        let hooks = [(new, "new"), (gone, "gone"), (changed, "changed")].compactMap { names, what in
            names.isEmpty
                ? nil
                : "\(names.count) \(names.count == 1 ? "hook" : "hooks") \(what) (\(InventoryChange.listed(names)))"
        }
        return hooks + others.map { "other words of \($0)" }
    }
}

extension HookSettings {
    /// What each part says, in full: `hook page`, `heartbeat`, `notify critical` and `run_hooks`. Two of the same words do the
    /// same.
    package var words: [String: String] {
        var words = ["run_hooks": place.rawValue]
        for severity in Severity.allCases {
            words["notify \(severity.rawValue)"] = (notify[severity] ?? []).joined(separator: " ")
        }
        if let heartbeat {
            words["heartbeat"] =
                "\(heartbeat.command.words) every \(heartbeat.every) timeout \(heartbeat.timeout)"
        }
        for (name, hook) in hooks {
            let moments = HookDefinition.Moment.allCases.filter { hook.send.contains($0) }
            words[Self.hookPart + name] =
                "\(hook.command.words) secret \(hook.secret.map { [$0] } ?? []) timeout \(hook.timeout) "
                + "retry \(hook.retryFor) gather \(hook.gather) repeat \(hook.repeat.map { [$0] } ?? []) "
                + "send \(moments.map(\.rawValue))"
        }
        return words
    }

    private static let hookPart = "hook "

    static func hook(ofPart part: String) -> String? {
        part.hasPrefix(hookPart) ? String(part.dropFirst(hookPart.count)) : nil
    }
}

extension HookDefinition.Command {
    fileprivate var words: String {
        switch self {
        case .run(let argv): "run \(argv)"
        case .shell(let line): "shell \([line])"
        }
    }
}
