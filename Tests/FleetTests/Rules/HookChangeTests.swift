import Fleet
import Testing

@Suite struct `What changes of hooks` {
    private static func settings() -> HookSettings {
        var settings = HookSettings()
        settings.hooks["page"] = HookDefinition(
            name: "page", command: .run(["hooks/page.sh"]), secret: "secrets/page", repeat: .seconds(60))
        settings.notify[.critical] = ["page"]
        settings.heartbeat = HeartbeatDefinition(command: .run(["hooks/alive.sh"]))
        return settings
    }

    private static let changes: [(@Sendable (inout HookSettings) -> Void, [String])] = [
        ({ $0.hooks["page"]?.command = .shell("hooks/page.sh") }, ["1 hook changed (page)"]),
        ({ $0.hooks["page"]?.command = .run(["hooks/page.sh", "x"]) }, ["1 hook changed (page)"]),
        ({ $0.hooks["page"]?.secret = nil }, ["1 hook changed (page)"]),
        ({ $0.hooks["page"]?.timeout = .seconds(1) }, ["1 hook changed (page)"]),
        ({ $0.hooks["page"]?.retryFor = .seconds(1) }, ["1 hook changed (page)"]),
        ({ $0.hooks["page"]?.gather = .seconds(1) }, ["1 hook changed (page)"]),
        ({ $0.hooks["page"]?.repeat = nil }, ["1 hook changed (page)"]),
        ({ $0.hooks["page"]?.send = [.firing] }, ["1 hook changed (page)"]),
        (
            { $0.hooks["chat"] = HookDefinition(name: "chat", command: .shell("true")) },
            ["1 hook new (chat)"]
        ),
        ({ $0.hooks = [:] }, ["1 hook gone (page)"]),
        ({ $0.notify[.info] = ["page"] }, ["other words of notify info"]),
        ({ $0.heartbeat?.every = .seconds(30) }, ["other words of heartbeat"]),
        ({ $0.heartbeat = nil }, ["other words of heartbeat"]),
        ({ $0.place = .any }, ["other words of run_hooks"]),
        ({ $0.places[.heartbeat] = Place(file: "rules.yaml", line: 9, column: 1) }, []),
    ]

    @Test(arguments: changes.indices)
    func `is any of what rules.yaml says of them, and not where it stands`(_ place: Int) {
        var other = Self.settings()
        Self.changes[place].0(&other)
        #expect(HookChange(from: Self.settings().words, to: other.words).lines == Self.changes[place].1)
    }
}
