import ArgumentParser
import Curses
import Fleet
import Hub
import HubClient

/// How a command ends: one table for both programs, of sysexits.h where it has a word.
enum ExitStatus {
    /// The thing asked about is bad.
    static let bad = ExitCode(1)
    /// The waiting was ended, and what was waited for goes on.
    static let undecided = ExitCode(4)
    /// A word of the command line is wrong; ArgumentParser's own errors end so too.
    static let usage = ExitCode(64)
    /// A file is bad: hosts.yaml, a rule.
    static let badFile = ExitCode(65)
    /// A hub, a host or a program cannot be reached.
    static let unreachable = ExitCode(69)
    /// The kernel refused a descriptor.
    static let system = ExitCode(71)
    /// Not now: a lock is held, or a cooldown goes on.
    static let later = ExitCode(75)
    /// The user, or a file's mode, does not allow it.
    static let notAllowed = ExitCode(77)

    static func of(_ error: any Error) -> ExitCode {
        switch error {
        case let code as ExitCode: code
        case let error as HubError: of(error)
        case is ConfigurationErrors: badFile
        case let error as HubClientError: of(error)
        case TerminalError.notATerminal, TerminalError.dumb: usage
        case is SessionError: system
        case is UnknownMoment: usage
        default: unreachable
        }
    }

    private static func of(_ error: HubError) -> ExitCode {
        switch error {
        case .busyHost, .configuredHost, .invalidHost, .invalidTarget, .word: usage
        case .forbidden: notAllowed
        case .alreadyRunning, .folder, .noAgent, .noDialer, .spawn, .tooManyHosts, .unknownHost: unreachable
        }
    }

    private static func of(_ error: HubClientError) -> ExitCode {
        switch error {
        case .forbidden, .refused(status: 403, _): notAllowed
        // A word that means no host.
        case .refused(status: 422, _): usage
        case .refused, .closed, .silent, .notStarted, .absent: unreachable
        }
    }
}
