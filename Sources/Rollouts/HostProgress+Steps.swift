import Fleet

extension HostProgress {
    mutating func move(to step: Step, at time: Int64) {
        self.step = step
        since = time
        goodSince = nil
        badSince = nil
        isSteady = false
        putOff = nil
    }

    /// Something else runs on the host: its order is given again after a while.
    mutating func putOff(_ reason: String, until: Int64) {
        self.reason = reason
        putOff = PutOff(times: (putOff?.times ?? 0) + 1, until: until, askedAt: putOff?.askedAt)
    }

    /// A reading that is good, or bad; steady once one comes that is `steady` milliseconds behind the first.
    mutating func see(isGood: Bool, steady: Int64, at time: Int64) {
        let since = isGood ? goodSince : badSince
        goodSince = isGood ? since ?? time : nil
        badSince = isGood ? nil : since ?? time
        isSteady = time - (since ?? time) >= steady
    }

    mutating func forgetBad() {
        if badSince != nil { isSteady = false }
        badSince = nil
    }

    /// Its turn in the batch has come.
    mutating func start(_ definition: RolloutDefinition, at time: Int64) {
        move(to: definition.before == nil ? .action : .before, at: time)
    }

    /// Its order ended well.
    mutating func pass(_ definition: RolloutDefinition, at time: Int64) {
        switch step {
        case .before, .undoBefore: isDrained = true
        case .after, .undoAfter: isDrained = false
        default: break
        }
        switch step {
        case .before: move(to: .action, at: time)
        case .action: move(to: .health, at: time)
        case .after: move(to: .done, at: time)
        case .undoBefore: move(to: .undo, at: time)
        case .undo: move(to: .undoHealth, at: time)
        case .undoAfter: move(to: isTouched ? .undone : .waiting, at: time)
        case .waiting, .health, .done, .failed, .unknown, .undoHealth, .undone, .stuck: break
        }
        reason = ""
    }

    /// It is drained, and no action may start any more: it gets its traffic back.
    /// Should its turn come again, after a hold, its orders are new ones.
    mutating func turnBack(_ definition: RolloutDefinition, at time: Int64) {
        round += 1
        isDrained = true
        move(to: definition.after == nil ? .waiting : .undoAfter, at: time)
    }

    /// Its turn on the way back has come. One that has its traffic is drained first, as it was on the way forward.
    mutating func goBack(_ definition: RolloutDefinition, at time: Int64) {
        move(to: definition.before == nil || isDrained ? .undo : .undoBefore, at: time)
    }

    mutating func fail(_ reason: String, at time: Int64) {
        self.reason = reason
        move(to: isOnTheWayBack ? .stuck : .failed, at: time)
    }

    mutating func lose(_ reason: String, at time: Int64) {
        self.reason = reason
        move(to: isOnTheWayBack ? .stuck : .unknown, at: time)
    }

    /// It has been good for long enough: the action after, or the end.
    mutating func isWell(_ definition: RolloutDefinition, at time: Int64) {
        let after = definition.after != nil
        switch step {
        case .health: move(to: after ? .after : .done, at: time)
        case .undoHealth: move(to: after ? .undoAfter : .undone, at: time)
        default: break
        }
        reason = ""
    }

    private var isOnTheWayBack: Bool {
        switch step {
        case .undoBefore, .undo, .undoHealth, .undoAfter: true
        default: false
        }
    }
}
