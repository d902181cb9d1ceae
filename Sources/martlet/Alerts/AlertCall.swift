import ArgumentParser
import Foundation
import Hub
import HubClient

/// What commands about alerts have in common: which hub, and who speaks.
struct AlertCall: ParsableArguments {
    @Option(help: ArgumentHelp("Ask the hub at this socket instead of looking for one.", valueName: "socket"))
    var hub: String?

    @Option(
        name: .customLong("as"), help: ArgumentHelp("Who does this, for shared accounts.", valueName: "name"))
    var actor: String?

    private static let actorBytesMax = 64

    /// `--as`, else $MARTLET_ACTOR, else $USER, which cron and CI do not set, else the account's name.
    var by: String { Self.actor(named: actor) }

    /// The same without the option, as a screen has it.
    static func actor(
        named actor: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        let named = [actor, environment["MARTLET_ACTOR"], environment["USER"]].lazy.compactMap(\.self)
            .first { !$0.isEmpty }
        return String(decoding: (named ?? account).utf8.prefix(actorBytesMax), as: UTF8.self)
    }

    private static var account: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
            return "uid \(getuid())"
        }
        return String(cString: name)
    }

    /// Calls a hub that runs, since a new one would know of no alert, and says on standard error why it could not: what the hub
    /// refuses was written wrongly.
    func call<Answer>(_ command: String, _ body: (HubClient) async throws -> Answer) async throws -> Answer {
        do {
            return try await body(try await HubDoor.attach(hub))
        } catch let error as UnknownMoment {
            FileHandle.standardError.write(Data("martlet \(command): \(error)\n".utf8))
            throw ExitStatus.of(error)
        } catch let error as HubClientError {
            FileHandle.standardError.write(Data("martlet \(command): \(error)\n".utf8))
            switch error {
            case .refused(status: 400, _): throw ExitStatus.usage
            case .refused(status: 404, _): throw ExitStatus.bad
            // The hub lives, and its journal cannot be written.
            case .refused(status: 503, _): throw ExitStatus.later
            case .refused, .closed, .silent, .forbidden, .notStarted, .absent: throw ExitStatus.of(error)
            }
        }
    }

    static let environment = """
        MARTLET_ACTOR    who does this, where --as is not given
        USER             who does this, where neither is given (else the account)
        """
}
