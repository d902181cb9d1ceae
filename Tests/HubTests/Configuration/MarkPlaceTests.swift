import Fleet
import HubClient
import Telemetry
import Testing

/// What `martlet mark NAME VERSION --where SELECTOR` asks the hub for.
@Suite struct `A mark of a selector` {
    private static let file = """
        version: 1
        defaults: {connect: off}
        groups:
          web: {tags: {role: web}, hosts: {"web[1:3]": }}
          db: {tags: {role: db}, hosts: {db1: }}
        """

    @Test func `names the hosts that it takes, and those that were named besides`() async throws {
        try await ConfiguredHub.with(Self.file) { (hub) async throws in
            for (selector, named, hosts) in [
                ("role=web not web2", [], ["web1", "web3"]), ("db", [], ["db1"]),
                ("role=db", ["web2", "db1"], ["web2", "db1"]), ("", ["web1"], ["web1"]), ("", [], []),
            ] {
                let mark = try await hub.client.mark(
                    MarkRequest(title: "web 4.12.1", service: "web", hosts: named, group: selector, by: "jo"))
                #expect(mark.hosts == hosts, "\(selector) \(named)")
                #expect(mark.group == selector && mark.service == "web" && mark.actor == "jo")
            }
        }
    }

    @Test func `is refused where it takes nobody, and nothing is kept`() async throws {
        try await ConfiguredHub.with(Self.file) { (hub) async throws in
            for (selector, named, reason) in [
                ("role=wbe", [], "did you mean web"), ("role==web", [], "column 5"),
                ("role=web role=db", [], "takes no host"), ("", ["web9"], "no host \"web9\" is known"),
            ] {
                let error = await #expect(throws: HubClientError.self) {
                    try await hub.client.mark(
                        MarkRequest(title: "web 4.12.1", hosts: named, group: selector, by: "jo"))
                }
                let text = error.map { "\($0)" } ?? ""
                #expect(text.contains(reason), "\(selector): \(text)")
            }
            let now = try await hub.client.mark(MarkRequest(title: "after", by: "jo")).at
            let kept = try await hub.client.marks(
                from: now.advanced(byMilliseconds: -60_000), to: now.advanced(byMilliseconds: 1000))
            #expect(kept.map(\.title) == ["after"])
        }
    }
}
