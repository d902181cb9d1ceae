package import Telemetry

/// The hub's request that the host start one of its declared actions.
package struct Order: Equatable, Sendable {
    /// Never used twice: the host starts an id at most once for ever.
    package var id: String
    package var action: String
    package var parameters: Labels
    /// The hub's life and the order's place in it. A host starts nothing whose number is not above the highest that it
    /// has seen of that hub.
    package var epoch: UInt64
    package var sequence: UInt64
    /// The service lock's number: a host refuses one below the highest it has seen.
    package var fence: UInt64
    /// Not to be started after this moment of the hub's clock.
    package var notAfter: Timestamp
    /// SHA-256 of the script that is meant, in hexadecimal; empty where none is declared.
    package var digest: String
    /// Who asked, in which role, for which ticket.
    package var actor: Labels
    /// A signature over all before it; empty where the host demands none.
    package var signature: String
    /// Which hub gives the sequence numbers; 16 hexadecimal digits, drawn once.
    package var hub: String
    /// The hub's clock when this was sent: what is left until `notAfter` counts, and not the host's clock.
    package var sentAt: Timestamp

    package init(
        id: String, action: String, parameters: Labels, epoch: UInt64 = 0, sequence: UInt64 = 0,
        fence: UInt64 = 0, notAfter: Timestamp = Timestamp(milliseconds: .max), digest: String = "",
        actor: Labels = [:], signature: String = "", hub: String = "",
        sentAt: Timestamp = Timestamp(milliseconds: 0)
    ) {
        self.id = id
        self.action = action
        self.parameters = parameters
        self.epoch = epoch
        self.sequence = sequence
        self.fence = fence
        self.notAfter = notAfter
        self.digest = digest
        self.actor = actor
        self.signature = signature
        self.hub = hub
        self.sentAt = sentAt
    }
}
