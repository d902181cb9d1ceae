/// rollouts.yaml: what may go over the fleet, and how (docs/rollouts-yaml.md).
package struct RolloutFile: Hashable, Sendable {
    package var rollouts: [RolloutDefinition] = []
    /// Where the words stand that only somebody can judge who knows hosts and hooks; by the rollout's name.
    package private(set) var places: [String: Places] = [:]

    /// Where one rollout's words stand.
    package struct Places: Hashable, Sendable {
        package var hosts: Place
        /// nil where it is not written.
        package var first: Place?
        /// Of each hook that is named, in order.
        package var notify: [Place] = []
    }

    package static let keys = ["version", "rollouts"]
    package static let rolloutKeys = [
        "about", "where", "action", "params", "first", "batches", "at_once", "before", "after", "health",
        "bake", "gate",
        "gate_fails_after", "baseline", "min_requests", "no_verdict", "allow_failed", "on_failure",
        "rollback",
        "hold_for", "approve_after", "lock", "not_during", "notify",
    ]
    package static let healthKeys = ["probe", "version", "within", "steady"]
    package static let rollbackKeys = ["action", "at_once"]

    /// Hosts that one rollout may name.
    private static let hostsMax = 10_000
    private static let longest = Duration.seconds(7 * 86_400)

    package init() {}

    /// Reads the whole file or says everything that is wrong with it. `tags` are the names of hosts' tags, which a gate's
    /// conditions may name; nil where nobody knows them.
    package init(_ root: ConfigurationNode, tags: [String]? = []) throws(ConfigurationErrors) {
        var reader = MappingReader(root, keys: Self.keys)
        reader.version()
        if let node = reader.node("rollouts") {
            var names = MappingReader(node, keys: nil)
            for entry in names.entries {
                do throws(WrittenValue.Refusal) {
                    let name = try WrittenValue.name(entry.key)
                    let (definition, errors) = Self.read(name, entry.value, tags)
                    names.take(errors)
                    if let definition {
                        rollouts.append(definition)
                        places[name] = Self.places(entry.value)
                    }
                } catch {
                    names.refuse(entry.keyPlace, error.reason)
                }
            }
            reader.take(names.errors)
        }
        guard reader.errors.isEmpty else {
            throw ConfigurationErrors(reader.errors.sorted { $0.place < $1.place })
        }
    }

    private static func read(
        _ name: String, _ node: ConfigurationNode, _ tags: [String]?
    ) -> (RolloutDefinition?, [ConfigurationError]) {
        var reader = MappingReader(node, keys: rolloutKeys)
        let hosts = reader.require("where", example: "where: role=web") { node throws(ConfigurationError) in
            _ = try node.selector()
            return try node.text()
        }
        let action = reader.require("action", example: "action: deploy-\(name)") {
            node throws(ConfigurationError) in
            try node.name()
        }
        var definition = RolloutDefinition(name, hosts: hosts ?? "", action: action ?? "")
        definition.about = reader.text("about") ?? ""
        definition.parameters = reader.read("params", parameters) ?? []
        definition.first =
            reader.read("first") { node throws(ConfigurationError) in
                _ = try node.selector()
                return try node.text()
            } ?? ""
        readSteps(&definition, &reader)
        readHealth(&definition, &reader)
        readGate(&definition, &reader, tags)
        readWayBack(&definition, &reader)
        return (reader.errors.isEmpty ? definition : nil, reader.errors)
    }

    private static func places(_ node: ConfigurationNode) -> Places {
        let reader = MappingReader(node, keys: nil)
        return Places(
            hosts: reader.node("where")?.place ?? node.place, first: reader.node("first")?.place,
            notify: reader.node("notify")?.listOrOne().map(\.place) ?? [])
    }

    // MARK: Parts of a rollout

    private static func readSteps(_ definition: inout RolloutDefinition, _ reader: inout MappingReader) {
        definition.batches = reader.read("batches", batches) ?? [.all]
        definition.atOnce = reader.whole("at_once", in: 1...hostsMax)
        definition.before = reader.name("before")
        definition.after = reader.name("after")
        definition.approveAfter = reader.whole("approve_after", in: 1...hostsMax)
        let steps = definition.batches.count
        if let batch = definition.approveAfter, batch >= steps, let node = reader.node("approve_after") {
            reader.refuse(
                node.place,
                steps == 1
                    ? "batches has one step, so nothing is left to approve: write batches: [1, 100%]"
                    : "batches has \(steps) steps, and after the last nothing is left to approve: write 1 to \(steps - 1)"
            )
        }
        definition.lock = reader.name("lock") ?? definition.name
        definition.notDuring =
            reader.read("not_during") { node throws(ConfigurationError) in
                var windows: [WeekWindow] = []
                for item in node.listOrOne() {
                    guard let window = WeekWindow(try item.text()) else {
                        throw ConfigurationError(
                            item.place, "write a day, or one with hours: Sat, Fri 16:00-24:00")
                    }
                    windows.append(window)
                }
                return windows
            } ?? []
        definition.notify =
            reader.read("notify") { node throws(ConfigurationError) in
                var names: [String] = []
                for item in node.listOrOne() { names.append(try item.name()) }
                return names
            } ?? []
    }

    private static func readHealth(_ definition: inout RolloutDefinition, _ reader: inout MappingReader) {
        guard let node = reader.node("health") else { return }
        var health = MappingReader(node, keys: healthKeys)
        let probe = health.require("probe", example: "probe: web") { node throws(ConfigurationError) in
            try node.name()
        }
        let within = health.duration("within", in: .seconds(1)...longest) ?? .seconds(120)
        let steady = health.duration("steady", in: .zero...longest) ?? .seconds(10)
        definition.health = RolloutDefinition.Health(
            probe: probe ?? "", version: health.text("version"), within: milliseconds(within),
            steady: milliseconds(steady))
        if let version = health.node("version"), let text = definition.health?.version {
            for name in placeholders(text) where !definition.parameters.contains(where: { $0.name == name }) {
                health.refuse(version.place, "{\(name)} is no parameter of this rollout; name it in params")
            }
        }
        reader.take(health.errors)
    }

    private static func readGate(
        _ definition: inout RolloutDefinition, _ reader: inout MappingReader, _ tags: [String]?
    ) {
        definition.bake = milliseconds(reader.duration("bake", in: .zero...longest) ?? .zero)
        definition.gate =
            reader.read("gate") { node throws(ConfigurationError) in
                var conditions: [String] = []
                for item in node.listOrOne() { conditions.append(try condition(item, tags)) }
                return conditions
            } ?? []
        if let gate = reader.node("gate"), !definition.gate.isEmpty, definition.bake == 0 {
            reader.refuse(gate.place, "a gate looks at the bake time, and there is none: write bake: 5m")
        }
        definition.gateFailsAfter = reader.whole("gate_fails_after", in: 1...1000) ?? 3
        definition.baseline = reader.choice("baseline", of: RolloutDefinition.Baseline.self) ?? .rest
        definition.minRequests = reader.whole("min_requests", in: 0...1_000_000_000) ?? 100
        definition.noVerdict = reader.choice("no_verdict", of: RolloutDefinition.VerdictPolicy.self) ?? .hold
        definition.holdFor = milliseconds(
            reader.duration("hold_for", in: .seconds(1)...longest) ?? .seconds(3600))
    }

    private static func readWayBack(_ definition: inout RolloutDefinition, _ reader: inout MappingReader) {
        definition.allowFailed =
            reader.read("allow_failed") { node throws(ConfigurationError) in try share(node) } ?? .hosts(0)
        definition.onFailure =
            reader.choice("on_failure", of: RolloutDefinition.FailurePolicy.self) ?? .rollback
        if let node = reader.node("rollback") {
            var rollback = MappingReader(node, keys: rollbackKeys)
            let action = rollback.require("action", example: "action: rollback-\(definition.name)") {
                node throws(ConfigurationError) in try node.name()
            }
            let atOnce = rollback.whole("at_once", in: 1...hostsMax)
            definition.rollback = RolloutDefinition.Rollback(action: action ?? "", atOnce: atOnce)
            reader.take(rollback.errors)
        }
        if definition.rollback == nil, definition.onFailure == .rollback {
            let place = reader.node("on_failure")?.place ?? reader.place
            reader.refuse(
                place,
                "there is no way back: write rollback: {action: rollback-\(definition.name)}, or on_failure: halt"
            )
        }
        if definition.noVerdict == .rollback, definition.rollback == nil, let node = reader.node("no_verdict")
        {
            reader.refuse(node.place, "no_verdict: rollback needs a rollback: {action: …}")
        }
    }

    // MARK: Values

    /// `version` must be given, `mode=safe` has a first value.
    private static func parameters(
        _ node: ConfigurationNode
    ) throws(ConfigurationError) -> [RolloutDefinition.Parameter] {
        var parameters: [RolloutDefinition.Parameter] = []
        for item in node.listOrOne() {
            let text = try item.text()
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            let name: String
            do throws(WrittenValue.Refusal) {
                name = try WrittenValue.name(parts[0])
            } catch {
                throw ConfigurationError(item.place, error.reason)
            }
            guard !parameters.contains(where: { $0.name == name }) else {
                throw ConfigurationError(item.place, "\(name) is there twice")
            }
            parameters.append(RolloutDefinition.Parameter(name, initial: parts.count == 2 ? parts[1] : nil))
        }
        return parameters
    }

    /// As written; it reads as a gate's condition.
    private static func condition(
        _ node: ConfigurationNode, _ tags: [String]?
    ) throws(ConfigurationError) -> String {
        let text = try node.text()
        do throws(QueryError) {
            _ = try GateCondition(text, tags: tags)
        } catch {
            throw ConfigurationError(node.place, "\(text): \(error.reason)")
        }
        return text
    }

    /// Cumulative, rising, the last one 100%.
    private static func batches(_ node: ConfigurationNode) throws(ConfigurationError) -> [BatchStep] {
        var steps: [BatchStep] = []
        for item in node.listOrOne() {
            let step = try share(item)
            let isRising =
                switch (steps.last, step) {
                case (.hosts(let before), .hosts(let next)): next > before
                case (.percent(let before), .percent(let next)): next > before
                case (.percent, .hosts): false
                default: true
                }
            guard isRising else {
                throw ConfigurationError(
                    item.place,
                    "batches are cumulative and rise, numbers before shares: \(step) cannot stand here")
            }
            guard step != .hosts(0), step != .percent(0) else {
                throw ConfigurationError(item.place, "a batch of no host: leave it out")
            }
            steps.append(step)
        }
        guard steps.last == .all else {
            throw ConfigurationError(node.place, "the last batch is the whole fleet: end with 100%")
        }
        return steps
    }

    /// `3` or `10%`.
    private static func share(_ node: ConfigurationNode) throws(ConfigurationError) -> BatchStep {
        let text = try node.text()
        guard text.hasSuffix("%") else { return .hosts(try node.whole(in: 0...hostsMax)) }
        let percent = try node.ratio() * 100
        guard percent <= 100 else { throw ConfigurationError(node.place, "\(text) is more than all") }
        return .percent((percent * 1e6).rounded() / 1e6)
    }

    private static func placeholders(_ text: String) -> [String] {
        text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            part.firstIndex(of: "}").map { String(part[..<$0]) }
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration / .milliseconds(1) > 9e15 ? .max : Int64(duration / .milliseconds(1))
    }
}
