import Wire

/// How long the ticks of one session were under way: a short partition that the connection survives holds them up, and then
/// they come all in one moment.
///
/// The time from the host's boot clock to the hub's is a constant and the way, and the shortest way of late is what others
/// are measured by. So neither a clock that is wrong nor one that is set makes a tick late.
struct TickDelay {
    /// By how much the hub's boot clock was ahead of the host's for a tick that came fast, and when that was.
    private var shortest: (lead: Int64, at: Int64)?
    /// The same of what is held up: where it stands, and since when it has not come closer.
    private var backlog: (lead: Int64, since: Int64)?

    /// More than a lost packet and its repetitions take (1 + 2 + 4 s), less than what ssh waits for a dead link (15 s).
    private static let heldUpMilliseconds: Int64 = 10_000
    /// Two good clocks that are slewed differ by less than this in a second: a millisecond.
    private static let driftDivisor: Int64 = 1000
    /// A backlog drains. What stays as far behind for so long is none: a virtual machine that was paused, whose boot clock
    /// stood still meanwhile, or a way that has become long.
    private static let patienceMilliseconds: Int64 = 30_000
    private static let drainMilliseconds: Int64 = 1000

    /// Whether a tick that came at `now` by the hub's boot clock was held up.
    mutating func isHeldUp(_ tick: Tick, at now: Int64) -> Bool {
        // A sender without that clock.
        guard tick.bootMilliseconds > 0 else { return false }
        let lead = now &- tick.bootMilliseconds
        guard let shortest else {
            self.shortest = (lead, now)
            return false
        }
        let usual = shortest.lead &+ (now &- shortest.at) / Self.driftDivisor
        if lead &- usual <= Self.heldUpMilliseconds {
            if lead <= usual { self.shortest = (lead, now) }
            backlog = nil
            return false
        }
        guard let backlog, lead &- backlog.lead > -Self.drainMilliseconds else {
            self.backlog = (lead, now)
            return true
        }
        guard now &- backlog.since >= Self.patienceMilliseconds else { return true }
        self.shortest = (lead, now)
        self.backlog = nil
        return false
    }
}
