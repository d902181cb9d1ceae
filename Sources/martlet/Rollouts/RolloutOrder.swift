import ArgumentParser
import Fleet
import Foundation
import HubClient
import Text

/// What a person says to a rollout that is known.
struct RolloutOrder: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Its id, how that begins, or its name; none for the one that goes on.", valueName: "rollout"))
    var rollout: String?

    @Option(help: ArgumentHelp("Why, for those who look later.", valueName: "text"))
    var reason = ""

    @Option(
        name: .customLong("as"), help: ArgumentHelp("Who does this, for shared accounts.", valueName: "name"))
    var actor: String?

    @OptionGroup var options: RolloutOptions

    func validate() throws {
        try options.refuseCSV()
    }

    static let exitStatus = """
        0   asked for; status and attach say what becomes of it
        1   it does not fit the rollout's state: it has ended, or waits for nobody
        64  a word of the command line is wrong, or means no rollout
        69  no hub can be reached
        75  another rollout has the lock
        77  not allowed
        """

    static let files = """
        $XDG_STATE_HOME/martlet/audit.jsonl
                         who asked for it, and why
        """

    func give(_ verb: RolloutOrderRequest.Verb) async throws {
        try await RolloutCall.catching("rollout \(verb.rawValue)") {
            let client = try await RolloutCall.client(options.hub)
            let found = try RolloutCall.rollout(rollout, among: try await client.rollouts())
            let view = try await client.order(
                RolloutOrderRequest(
                    id: found.id, verb: verb, by: AlertCall.actor(named: actor), reason: reason))
            guard options.output == .table else { return print(try ListText.json(view)) }
            // The way back may be a rollout of its own.
            if verb == .rollback { print(view.id) }
            let why = view.text.isEmpty ? "" : " (\(view.text))"
            print(SafeText("\(view.title): \(RolloutText.state(view))\(why)").string)
        }
    }
}
