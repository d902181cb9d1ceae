package import Fleet
import Hub
import Telemetry
import TestSupport

/// What four hosts tell in each step of a second, and what people do then, worked out of a seed: the same for a hub that
/// lives through all of it and for one that is killed on the way.
package struct AlertTimeline: Sendable {
    package enum Deed: Sendable {
        /// Takes on what of this name and host is open, if it is.
        case acknowledge(name: String, host: String)
        /// Adds a silence once nothing waits to be told.
        case silence(selector: String)
        case expire(selector: String)
    }

    package static let hosts = ["web1", "web2", "db1", "cache1"]
    package let steps: Int
    /// By host and step, from 0 to 1.
    private let levels: [[Double]]
    private var deeds: [Int: Deed] = [:]

    /// Its rules: with and without a hold, with a clear line, of a family, and for two hooks.
    package static let rules = """
        version: 1
        shipped: no
        hooks:
          page:
            shell: 'n=${MARTLET_KEY##*/}; cat > told/page.$n.$MARTLET_ATTEMPT.$$; [ $((n % 5)) -ne 1 ] || sleep 0.02; [ $((n % 7)) -ne 3 ] || [ $MARTLET_ATTEMPT -gt 1 ] || exit 75'
            gather: 0s
          chat:
            shell: 'cat > told/chat.${MARTLET_KEY##*/}.$MARTLET_ATTEMPT.$$'
            gather: 5s
        notify: {critical: [page, chat], warning: [page], info: []}
        alerts:
          - {name: Full, when: memory.used > 90%, clear_for: 0s, severity: critical, where: not cache1}
          - {name: Full, when: memory.used > 95% for 2s, clear_for: 2s, severity: warning}
          - {name: Busy, when: load.1 > 5 for 4s, clear: load.1 < 4 for 3s, severity: critical}
          - {name: Queue, when: 'series depth{queue=mail} > 500 for 1s', clear_for: 1s}
          - {name: Seen, when: load.5 > 9 for 2s, severity: info}

        """

    package init(seed: UInt64, steps: Int) {
        self.steps = steps
        var random = SeededRandom(seed: seed)
        levels = Self.hosts.map { _ in
            var found: [Double] = []
            while found.count <= steps {
                // Quiet, between the lines, and beyond all of them.
                let level = [0.2, 0.5, 0.85, 0.92, 0.97, 1][Int.random(in: 0..<6, using: &random)]
                found += repeatElement(level, count: Int.random(in: 1...9, using: &random))
            }
            return found
        }
        for start in stride(from: 3, to: steps - 24, by: 24) {
            let host = Self.hosts[Int.random(in: 0..<4, using: &random)]
            let selector = "alert=\(["Full", "Busy"][start / 24 % 2]) host=\(host)"
            deeds[start] = .silence(selector: selector)
            deeds[start + Int.random(in: 9...16, using: &random)] = .expire(selector: selector)
            for step in [start + 6, start + 19] {
                deeds[step] = .acknowledge(
                    name: ["Full", "Busy", "Queue"][Int.random(in: 0..<3, using: &random)],
                    host: Self.hosts[Int.random(in: 0..<4, using: &random)])
            }
        }
    }

    /// What a host tells in a step, from 1 to `steps`.
    package func values(of host: Int, step: Int) -> [SimulatedFleet.Value] {
        let level = levels[host][step]
        return [
            .gauge("node_memory_MemTotal_bytes", 1000),
            .gauge("node_memory_MemAvailable_bytes", 1000 * (1 - level)),
            .gauge("node_load1", level * 5.2), .gauge("node_load5", level * 10),
            .gauge("depth", level * 600, ["queue": "mail"]),
        ]
    }

    package func deed(at step: Int) -> Deed? { deeds[step] }

    package func book() throws -> RuleBook {
        try RuleBook(StrictYAML.parse(Self.rules, file: "rules.yaml"))
    }
}
