package import Fleet
package import Logging
import ServiceLifecycle

/// Begins the evaluation where the last hub ended, and has each change kept and then told, one after another.
package struct AlertService: Service {
    private let core: HubCore
    private let book: RuleBook
    private let journal: any AlertJournal
    private let notices: any AlertNotices
    private let logger: Logger

    package init(
        core: HubCore, book: RuleBook, journal: any AlertJournal, notices: any AlertNotices, logger: Logger
    ) {
        self.core = core
        self.book = book
        self.journal = journal
        self.notices = notices
        self.logger = logger
    }

    package func run() async throws {
        var saved = SavedAlerts()
        do {
            saved = try await journal.savedAlerts()
        } catch {
            logger.error(
                "what was open cannot be read: alerts begin anew", metadata: ["alerts.reason": "\(error)"])
        }
        // One change an evaluation: what waits here is bounded by the time that the journal takes.
        let (found, sink) = AsyncStream.makeStream(of: Found.self)
        await core.beginEvaluation(
            book, saved: saved, lateSink: { sink.yield(.late($0)) }, sink: { sink.yield(.changes($0)) })
        var delivery = AlertDelivery(journal: journal, notices: notices, logger: logger)
        for await found in found.cancelOnGracefulShutdown() {
            switch found {
            case .changes(let change): await delivery.take(change)
            case .late(let events): await notices.list(late: events)
            }
        }
    }

    private enum Found: Sendable {
        case changes(AlertChanges)
        case late([AlertEvent])
    }
}

/// Has one change after another kept, and then told.
package struct AlertDelivery {
    private let journal: any AlertJournal
    private let notices: any AlertNotices
    private let logger: Logger
    private var failures = 0
    private var unsaved: AlertChanges?

    package init(journal: any AlertJournal, notices: any AlertNotices, logger: Logger) {
        self.journal = journal
        self.notices = notices
        self.logger = logger
    }

    package mutating func take(_ change: AlertChanges) async {
        var isJournaled = true
        // What could not be kept is kept with what comes next; its transitions have been told.
        let whole = unsaved.map { change.following($0) } ?? change
        do {
            try await journal.record(whole)
            unsaved = nil
            if failures > 0 {
                logger.notice("alerts are kept again", metadata: ["alerts.failures": "\(failures)"])
            }
            failures = 0
        } catch {
            isJournaled = false
            unsaved = whole
            failures += 1
            if failures == 1 {
                logger.error("alerts cannot be kept", metadata: ["alerts.reason": "\(error)"])
            }
        }
        // Paging goes before bookkeeping.
        if !change.transitions.isEmpty {
            await notices.deliver(change.transitions, isJournaled: isJournaled)
        }
    }
}
