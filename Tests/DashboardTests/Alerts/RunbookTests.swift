import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

/// Operators-contract 2 and 3: `links` of hosts.yaml and `runbook` of a rule are shown by R.
@Suite struct `The runbook` {
    private static func fleet(_ links: [String: String], alert runbook: String? = nil) -> Stage {
        let fleet = FixtureFleet(1)
        var stage = Stage(Dashboard.Options(screen: .fleet, usesUTC: true), width: 160, height: 36)
        stage.tell(fleet.history(seconds: 60, ending: stage.now))
        guard case .hosts(var hosts) = fleet.list(at: stage.now) else { return stage }
        hosts[0].links = links
        stage.tell([.hosts(hosts)])
        if let runbook {
            var alert = FixtureAlerts.alert("a1", "DiskFull", ["host": hosts[0].host])
            alert.runbook = runbook
            stage.send(.alerts(.board(AlertBoard(time: stage.now, alerts: [alert]))))
        }
        return stage
    }

    private static let wiki = "https://wiki.example.net/web"

    @Test(
        arguments: [
            (["runbook": wiki], nil, wiki),
            (
                ["graphs": "https://g.example.net/1", "runbook": wiki], nil,
                "\(wiki)  graphs https://g.example.net/1"
            ),
            (
                ["graphs": "https://g.example.net/1", "boxes": "https://b"], nil,
                "boxes https://b  graphs https://g.example.net/1"
            ),
            ([:], nil, "has no links; links: of hosts.yaml gives it some"),
            // An alert's own is nearer than its host's, whose other links stay.
            (
                ["runbook": wiki, "graphs": "https://g"], "https://wiki.example.net/disk",
                "https://wiki.example.net/disk  graphs https://g"
            ),
            (["runbook": wiki], "", wiki),
            ([:], "", "DiskFull has no runbook; runbook: of its rule gives it one"),
        ] as [([String: String], String?, String)])
    func `is told with the other links of the host`(
        _ links: [String: String], _ runbook: String?, _ said: String
    ) {
        var stage = Self.fleet(links, alert: runbook)
        #expect(stage.lines.last?.contains(said) == false)
        stage.type("R")
        #expect(stage.lines.last?.contains(said) == true, "\(stage.lines.last ?? "")")
    }
}
