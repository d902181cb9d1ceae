/// The first frame of either side.
package struct Hello: Equatable, Sendable {
    package var oldestVersion: UInt8
    package var newestVersion: UInt8
    package var program: String
    package var programVersion: String
    package var host: String
    /// The id of the host's action ledger; empty where no action was ever run.
    package var ledger: String
    /// Drawn at the process's start: another nonce means that counters began anew.
    package var nonce: UInt64
    /// Whose configuration the agent runs by.
    package var configuration: Configuration

    /// What the agent says of its agent.conf; the numbers are on the wire.
    package enum Configuration: UInt8, Sendable {
        /// Nothing is said of it: a hub, or an agent of a release before this.
        case unsaid = 0
        /// None yet: the host has no file, and the agent waits a little for one that is sent.
        case awaited = 1
        /// The host's own, or none will be taken: it was started with settings, or it records.
        case own = 2
    }

    package init(
        oldestVersion: UInt8 = WireVersion.oldest, newestVersion: UInt8 = WireVersion.current,
        program: String,
        programVersion: String, host: String, ledger: String = "", nonce: UInt64,
        configuration: Configuration = .unsaid
    ) {
        self.oldestVersion = oldestVersion
        self.newestVersion = newestVersion
        self.program = program
        self.programVersion = programVersion
        self.host = host
        self.ledger = ledger
        self.nonce = nonce
        self.configuration = configuration
    }
}
