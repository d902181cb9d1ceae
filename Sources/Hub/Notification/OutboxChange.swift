/// What the journal must have.
package enum OutboxChange: Hashable, Sendable {
    case putNotice(HookNotice)
    case removeNotice(HookNotice)
    case putRun(HookRun, lastRun: Int64)
    case removeRun(HookRun)
    case putTold(HookTold)
    case removeTold(HookTold)
    case putGather(HookGather)
}

/// What an attempt's end means for its run.
package enum OutboxEnding: Hashable, Sendable {
    case ended
    case again(inMilliseconds: Int64)
    /// No such run is under way.
    case unknown
}
