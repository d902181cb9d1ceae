import Fleet
import Foundation

/// A rollout of three hosts, and what a hub would say of it.
enum RolloutFixture {
    static let id = "4f19a07c2b3d4e5f"
    /// 2026-11-26 12:00:00 UTC.
    static let noon: Int64 = 1_795_694_400_000

    static var definition: RolloutDefinition {
        var definition = RolloutDefinition("web", hosts: "role=web", action: "deploy-web")
        definition.about = "New version of the web service"
        definition.parameters = [.init("version"), .init("mode", initial: "safe")]
        definition.batches = [.hosts(1), .all]
        definition.before = "drain-web"
        definition.after = "undrain-web"
        definition.health = .init(probe: "web", version: "{version}", within: 120_000, steady: 20_000)
        definition.bake = 300_000
        definition.gate = ["http.error_ratio{service=web} < 2%", "http.p99 <= baseline * 1.3"]
        definition.rollback = .init(action: "rollback-web", atOnce: 8)
        definition.lock = "site"
        return definition
    }

    static func view(_ state: RolloutView.State, _ change: (inout RolloutView) -> Void = { _ in })
        -> RolloutView
    {
        var view = RolloutView(
            id: id, name: "web", about: definition.about, action: "deploy-web",
            parameters: ["version": "4.12.1", "mode": "safe"], actor: "anna", reason: "", createdAt: noon,
            state: state, batches: [["web1"], ["web2", "web3"]])
        view.gate = definition.gate
        view.failsAfter = 3
        view.batch = state.isFinal || state == .rollingBack ? nil : 0
        for (batch, name) in [(0, "web1"), (1, "web2"), (1, "web3")] {
            view.hosts.append(
                RolloutView.Host(
                    name: name, batch: batch, step: "waiting", since: noon, reason: "", isTouched: false,
                    order: ""))
        }
        change(&view)
        return view
    }

    /// What hosts declare: the four actions, of that danger.
    static func listings(_ danger: String = "service") -> [ActionListing] {
        let actions = ["deploy-web", "drain-web", "undrain-web", "rollback-web"].map { name in
            #"{"name":"\#(name)","about":"","danger":"\#(danger)","lock":"web","user":"","timeoutMilliseconds":1000,"#
                + #""expectsReboot":false,"returnMilliseconds":0,"parameters":[]}"#
        }.joined(separator: ",")
        let json = ["web1", "web2", "web3"].map { host in
            #"{"host":"\#(host)","actions":[\#(actions)],"refusal":"","isWeaklyContained":false,"isConnected":true}"#
        }.joined(separator: ",")
        return (try? JSONDecoder().decode([ActionListing].self, from: Data("[\(json)]".utf8))) ?? []
    }
}
