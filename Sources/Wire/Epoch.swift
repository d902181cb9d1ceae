package import Telemetry

/// What one commit of the agent's log work says: the offsets that moved and what was counted on the way, as one record.
///
/// Either all of it is on disk or none, so counts are exact whenever the process ends. An epoch is one or several frames
/// of kind 128, of which the last says so; docs/recorder.md draws them.
package struct Epoch: Equatable, Sendable {
    /// Names the ledger (one state folder's life); epochs of another are not ours.
    package var ledger: UInt64
    package var sequence: UInt64
    package var time: Timestamp
    /// When the tails last looked at all folders: what was born later may be unknown.
    package var lookedAt: Timestamp
    /// A checkpoint: every mark there is and the consumer's totals, rather than what changed.
    package var isWhole: Bool
    package var marks: [FileMark]
    /// Marks that end with this epoch.
    package var forgotten: [UInt64]
    /// The next number that a mark gets.
    package var nextNumber: UInt64
    /// The tails' own counters since the ledger began, by `TailCounter`.
    package var counters: [UInt64]
    /// The consumer's: what it counted since the last epoch, and in a checkpoint its totals.
    package var deltas: [UInt8]
    package var totals: [UInt8]

    package init(
        ledger: UInt64 = 0, sequence: UInt64 = 0, time: Timestamp = Timestamp(milliseconds: 0),
        lookedAt: Timestamp = Timestamp(milliseconds: 0),
        isWhole: Bool = false, marks: [FileMark] = [], forgotten: [UInt64] = [], nextNumber: UInt64 = 1,
        counters: [UInt64] = [], deltas: [UInt8] = [], totals: [UInt8] = []
    ) {
        self.ledger = ledger
        self.sequence = sequence
        self.time = time
        self.lookedAt = lookedAt
        self.isWhole = isWhole
        self.marks = marks
        self.forgotten = forgotten
        self.nextNumber = nextNumber
        self.counters = counters
        self.deltas = deltas
        self.totals = totals
    }
}

extension WireLimits {
    /// Bytes of one mark's consumer state; a longer one is not taken.
    package static let markStateBytes = 1 << 16
    /// Bytes at which an epoch goes on in another frame.
    static let epochPartBytes = 1 << 18
    /// Bytes of the consumer's deltas and of its totals.
    package static let epochBlobBytes = 1 << 26
    /// Marks of one epoch.
    package static let epochMarks = 1 << 20
    package static let epochCounters = 256
}
