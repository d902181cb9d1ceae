import ArgumentParser
import Fleet
import Foundation
import HubClient

/// What the commands about rollouts ask a hub, and how they end where it does not do it.
enum RolloutCall {
    /// Calls, and says on standard error why it could not.
    static func catching(
        _ command: String, status: (any Error) -> ExitCode = RolloutCall.status(of:),
        _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch let error as ActionRefusal {
            ActionFailure.complain(command, error.description)
            throw ExitStatus.usage
        } catch {
            ActionFailure.complain(command, "\(error)")
            throw status(error)
        }
    }

    /// What the hub's refusals are as exit statuses (docs/rollouts-yaml.md).
    static func status(of error: any Error) -> ExitCode {
        guard case HubClientError.refused(let status, _) = error else { return ExitStatus.of(error) }
        return switch status {
        case 400, 404: ExitStatus.usage
        case 403: ExitStatus.notAllowed
        case 409: ExitStatus.bad
        case 422: ExitStatus.badFile
        case 423: ExitStatus.later
        default: ExitStatus.unreachable
        }
    }

    /// Whether another rollout has the lock, or the window is closed.
    static func isLater(_ error: any Error) -> Bool {
        if case HubClientError.refused(status: 423, _) = error { true } else { false }
    }

    /// A hub that runs, or one that is started: a rollout that it had when it was killed goes on then.
    static func client(_ socket: String?) async throws -> HubClient {
        try await HubAccess(socket: socket, hosts: []).connect()
    }

    /// The rollout that `word` means: an id, its beginning, or a name, of which the newest; the one that goes on for none.
    static func rollout(_ word: String?, among rollouts: [RolloutView]) throws -> RolloutView {
        let open = rollouts.filter { !$0.state.isFinal }
        guard let word else {
            guard let one = open.first else {
                throw ActionRefusal.usage("no rollout goes on; martlet rollout status lists those that ended")
            }
            guard open.count == 1 else {
                let ids = open.map { "\($0.id) (\($0.title))" }.joined(separator: ", ")
                throw ActionRefusal.usage("\(open.count) rollouts go on: \(ids); name one")
            }
            return one
        }
        let known = rollouts.filter { !word.isEmpty && $0.id.hasPrefix(word.lowercased()) }
        // A name could be the beginning of an id.
        if let named = rollouts.last(where: { $0.name == word }) { return named }
        guard let first = known.first else {
            throw ActionRefusal.usage(
                "no rollout has the name \"\(word)\", or an id that begins so; martlet rollout status lists them"
            )
        }
        guard known.count == 1 else {
            throw ActionRefusal.usage(
                "\(known.count) rollouts have an id that begins with \"\(word)\"; write more of it")
        }
        return first
    }

    /// As rollouts.yaml has it now; nil where the hub has none of that name.
    static func definition(_ name: String, _ client: HubClient) async throws -> RolloutDefinition? {
        try await client.configuration().rollouts?.first { $0.name == name }
    }

    /// An option's duration, of at least a second.
    static func duration(_ text: String, _ option: String) throws -> Duration {
        do throws(WrittenValue.Refusal) {
            let duration = try WrittenValue.duration(text)
            guard duration >= .seconds(1) else {
                throw WrittenValue.Refusal("`\(text)` is shorter than a second")
            }
            return duration
        } catch {
            throw ValidationError("\(option): \(error)")
        }
    }

    static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
