import Fleet
import Foundation
import Glibc
import Telemetry

/// How much has to be said before an action is started, by its danger (docs/actions.md).
struct ActionConfirmation {
    let action: String
    let danger: ActionDanger
    let hosts: [String]
    /// As it was typed; nil for this machine.
    let selector: String?

    /// What is typed for `destroy`: the host's name, or for several what selects them and their number.
    var phrase: String {
        hosts.count == 1 ? hosts[0] : "\(selector ?? "*") \(hosts.count)"
    }

    /// Whether the words of the command line leave something to ask.
    func asks(yes: Bool, confirm: String?) -> Bool {
        switch danger {
        case .look: false
        case .service: !yes && confirm != phrase
        case .destroy: confirm == nil
        }
    }

    /// Throws where it is not confirmed; asks where there is a terminal.
    func require(yes: Bool, confirm: String?) throws {
        switch danger {
        case .look: return
        case .service:
            if yes || confirm == phrase { return }
            try ask("-y", expected: hosts.count == 1 ? "yes" : "\(hosts.count)")
        case .destroy:
            if confirm == phrase { return }
            if let confirm {
                throw ActionRefusal.usage("--confirm '\(confirm)' is not '\(phrase)': nothing was started")
            }
            try ask("--confirm '\(phrase)'", expected: phrase)
        }
    }

    private static let namesMax = 12

    private func ask(_ flag: String, expected: String) throws {
        let names =
            hosts.prefix(Self.namesMax).joined(separator: ", ")
            + (hosts.count > Self.namesMax ? " and \(hosts.count - Self.namesMax) more" : "")
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw ActionRefusal.usage(
                "\(action) on \(names) is of danger \(danger.rawValue); confirm it with \(flag)")
        }
        FileHandle.standardError.write(Data("\(action) on \(names)\ntype \(expected) to go on: ".utf8))
        // What was typed before it could be read is no answer.
        tcflush(0, TCIFLUSH)
        guard readLine() == expected else { throw ActionRefusal.usage("not confirmed: nothing was started") }
    }
}
