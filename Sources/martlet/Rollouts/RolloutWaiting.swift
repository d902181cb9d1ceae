import ArgumentParser
import Fleet
import Foundation
import HubClient

/// How long a command stays with a rollout that goes on without it.
struct RolloutWaiting: ParsableArguments {
    @Flag(help: "Follow it to its end, which the exit status tells.")
    var wait = false

    @Option(help: ArgumentHelp("End the waiting after this time; it goes on.", valueName: "duration"))
    var timeout: String?

    func validate() throws {
        guard let timeout else { return }
        guard wait else { throw ValidationError("--timeout goes with --wait") }
        _ = try RolloutCall.duration(timeout, "--timeout")
    }

    func duration() throws -> Duration? {
        try timeout.map { try RolloutCall.duration($0, "--timeout") }
    }

    /// Prints the id and, where asked to, follows; throws the exit status of what became of it.
    func follow(_ started: RolloutView, _ client: HubClient, _ options: RolloutOptions) async throws {
        // The id is the first line, also for who reads it from a pipe.
        if options.output == .table { print(started.id) } else { print(try ListText.json(started)) }
        fflush(nil)
        guard wait else { return }
        try await RolloutFollow(
            started: started, isPrinted: options.output != .table, client: client, format: options.output
        )
        .end(timeout: try duration(), tells: true)
    }
}
