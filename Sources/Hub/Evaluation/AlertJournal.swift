package import Fleet

/// Keeps what evaluations decide, over a kill at any instant.
package protocol AlertJournal: Sendable {
    /// What the last `record` that returned left; empty before the first.
    func savedAlerts() async throws -> SavedAlerts

    /// Keeps the changes, whole or not at all, and with them what hooks are to be told (``AlertTransition/isNotice``).
    /// They are on the disk when it returns. Called by one evaluation after another, in order.
    func record(_ changes: AlertChanges) async throws
}

/// Tells people.
package protocol AlertNotices: Sendable {
    /// Called once for all changes that have transitions, after the journal has them, or where it could not be written:
    /// paging goes before bookkeeping.
    func deliver(_ transitions: [AlertTransition], isJournaled: Bool) async

    /// Lists what would have fired in what hosts told late (``AlertEvent/Kind/late``), and runs no hook.
    func list(late events: [AlertEvent]) async
}
