/// What happened, as the hub journals it: a rollout is its plan and these, in order.
package enum RolloutEvent: Hashable, Sendable, Codable {
    /// Time passed; nothing else.
    case time
    /// The order `id` came to its end on a host.
    case order(id: String, OrderOutcome)
    /// What the health probe of a host said.
    case health(host: String, HealthReading)
    /// What the gate said of the time since the bake began.
    case gate(GateVerdict)
    case pause(actor: String, reason: String)
    /// Goes on after a pause; answers a hold with yes.
    /// Journals of older hubs have no reason.
    case resume(actor: String, reason: String? = nil)
    case abort(actor: String, reason: String)
    case rollBack(actor: String, reason: String)
}

/// How an order ended.
package enum OrderOutcome: Hashable, Sendable, Codable {
    case succeeded
    case failed(reason: String)
    /// It was never started, and never will be: the host is as it was.
    case notStarted(reason: String)
    /// It was not started, because something else runs there that may soon be over: it is ordered again.
    /// `freeIn` is after how many milliseconds that is over, where the host can tell.
    case busy(reason: String, freeIn: Int64? = nil)
    /// Nobody can tell whether it ran.
    case unknown(reason: String)
}

/// One look at a host's health probe.
package enum HealthReading: Hashable, Sendable, Codable {
    /// The probe is good and names the version that is wanted, if one is.
    case good
    case bad(reason: String)
}

/// One evaluation of a gate.
package enum GateVerdict: Hashable, Sendable, Codable {
    case passed(evidence: String)
    case failed(evidence: String)
    /// Data are missing or too few: never taken for passed.
    case none(reason: String)
}
