import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport

/// What a hub answers to somebody who starts a rollout.
enum FixtureStart {
    static var web: RolloutDefinition {
        var definition = RolloutDefinition("web", hosts: "role=web not canary", action: "deploy-web")
        definition.about = "New version of the web service"
        definition.parameters = [.init("version"), .init("mode", initial: "safe")]
        definition.batches = [.hosts(1), .percent(10), .percent(50), .all]
        (definition.before, definition.after) = ("drain-web", "undrain-web")
        definition.health = .init(probe: "web", version: "{version}", within: 120_000)
        definition.bake = 300_000
        definition.gate = ["http.error_ratio{service=web} < 2%", "http.p99{service=web} <= baseline * 1.3"]
        definition.rollback = .init(action: "rollback-web", atOnce: 8)
        return definition
    }

    /// With a window, and no parameter.
    static var certificates: RolloutDefinition {
        var definition = RolloutDefinition("certificates", hosts: "*", action: "renew")
        definition.notDuring = [WeekWindow("Fri 16:00-24:00")].compactMap { $0 }
        return definition
    }

    static func prospect(
        _ names: [String], danger: ActionDanger = .service, obstacles: [String] = [],
        definition: RolloutDefinition = web
    ) -> RolloutProspect {
        var view = FixtureRollouts.rollout(.running, names: names) { _, _ in "waiting" }
        view.id = ""
        let actions = HostActions(
            actions: definition.actions.map { DeclaredAction(name: $0, about: "", danger: danger) })
        return RolloutProspect(
            forecast: RolloutForecast(rollout: view, obstacles: obstacles), definition: definition,
            listings: names.map { ActionListing(host: $0, actions) })
    }
}

extension Stage {
    /// What the hub was asked to start a rollout.
    var startQuestions: [StartQuestion] {
        effects.compactMap { if case .start(let question) = $0 { question } else { nil } }
    }

    /// The dialog with the two rollouts to pick from.
    static func start(width: Int = 120, height: Int = 36, options: Dashboard.Options? = nil) -> Stage {
        var stage = Stage.rollouts([], width: width, height: height, options: options)
        stage.type("s")
        stage.answer(.definitions([FixtureStart.web, FixtureStart.certificates]))
        return stage
    }

    /// What the hub says, and the frame that shows it.
    mutating func answer(_ news: StartNews) {
        send(.rollouts(.start(news)))
        send(.drawn)
    }

    /// Picks web, and fills its version in and why.
    mutating func fill(version: String = "4.12.1", reason: String = "ticket 812") {
        press(.enter)
        send(.drawn)
        type(version)
        press(.down, .down)
        type(reason)
    }

    /// Asks for the plan of what is filled in.
    mutating func plan(_ prospect: RolloutProspect) {
        press(.enter)
        guard case .plan(let request) = startQuestions.last else { return }
        answer(.planned(request, prospect))
    }
}
