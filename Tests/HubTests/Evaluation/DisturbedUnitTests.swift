import Fleet
import Foundation
import HubClient
import Telemetry
import TestSupport
import Testing

/// Units whose states come in the frames of the real agent, under an action that it runs.
@Suite(.timeLimit(.minutes(3))) struct `A unit that fails` {
    private static let agent = """
        [action restart]
        about = Start the second one anew
        run = $/restart.sh
        """

    private static let rules = """
        version: 1
        shipped: no
        hooks: {page: {shell: 'echo "$MARTLET_STATUS $MARTLET_SUMMARY" >>$/told', gather: 1s}}
        notify: {critical: [page]}
        alerts:
          - {name: Failed, when: unit.failed == 1, severity: critical, summary: "{unit}"}
        """

    /// The states of two units, as the agent has them of systemd where there is one, put there whole.
    private static func states(_ first: Int, _ second: Int) -> String {
        let series = #"node_systemd_unit_state{type=\"simple\",state=\"failed\",name=\""#
        return """
            printf '%s\\n' "# TYPE node_systemd_unit_state gauge" \\
              "\(series)first.service\\"} \(first)" "\(series)second.service\\"} \(second)" >$HERE/units.new
            mv $HERE/units.new $HERE/units.prom
            """
    }

    @Test func `is told, and under an action of its host it is shown with that as the reason and not told`()
        async throws
    {
        let hub = try OrderingHub(
            Self.agent,
            scripts: [
                "before.sh": Self.states(1, 0),
                "restart.sh": "\(Self.states(1, 1)); while [ ! -e $HERE/goes ]; do sleep 0.1; done",
            ],
            files: ["rules.yaml": Self.rules],
            agentWords: ["--collector.textfile.directory", "$HERE", "--path.rootfs", "$HERE/none"])
        #expect(try Program.run(hub.folder.url.appending(path: "before.sh").path).status == 0)
        try await hub.run { (client) async throws in
            #expect(await Eventually.comes(within: 40) { hub.text("told") == "firing first.service\n" })
            let run = try await hub.order("restart")
            #expect(
                await Eventually.comes(within: 60) {
                    (try? await Self.alert("second.service", client))?.mutedBy == [.action]
                })
            #expect(try await Self.alert("second.service", client)?.state == .firing)
            try Data().write(to: hub.folder.url.appending(path: "goes"))
            #expect(try await hub.follow(run.id).states.last == .succeeded)
            // One that was there before is told of already.
            let alerts = try await client.alerts().alerts
            #expect(alerts.map(\.mutedBy) == [[.action], [.action]], "\(alerts)")
            // A hook that ran wrongly would have written by now.
            #expect(
                await !Eventually.comes(within: 2) { hub.text("told") != "firing first.service\n" })
        }
    }

    private static func alert(_ unit: String, _ client: HubClient) async throws -> Alert? {
        try await client.alerts().alerts.first { $0.key.labels["unit"] == unit }
    }
}
