package import Fleet

/// Keeps alerts for as long as it lives, and tells nobody: for tests, and for a hub that has no place to keep them.
package actor VolatileAlerts: AlertJournal, AlertNotices {
    package private(set) var saved = SavedAlerts()
    /// The newest transitions that were to be told.
    package private(set) var told: [AlertTransition] = []
    private static let toldMax = 1000

    package init() {}

    package func savedAlerts() -> SavedAlerts { saved }

    package func record(_ changes: AlertChanges) { saved.apply(changes) }

    package func deliver(_ transitions: [AlertTransition], isJournaled: Bool) {
        told.append(contentsOf: transitions)
        if told.count > Self.toldMax { told.removeFirst(told.count - Self.toldMax) }
    }
}
