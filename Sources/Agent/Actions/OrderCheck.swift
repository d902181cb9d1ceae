package import Telemetry
package import Wire

/// Whether an order may be started: pure, so that every reason is a row of a test.
package struct OrderCheck {
    /// What is to be done with an order.
    package enum Decision: Equatable {
        case start(AgentConfiguration.Action, [Label])
        /// It was taken before: its state is the answer.
        case known(ActionLedger.Entry)
        /// With after how many milliseconds it would not be refused, where that is known.
        case refuse(Report.Cause, String, freeIn: UInt64? = nil)
    }

    /// Orders that run at once on one host.
    package static let runningMax = 16

    package let configuration: AgentConfiguration
    package let ledger: ActionLedger
    package let bootID: String
    package let wallMilliseconds: Int64
    package let bootMilliseconds: UInt64

    package init(
        configuration: AgentConfiguration, ledger: ActionLedger, bootID: String, wallMilliseconds: Int64,
        bootMilliseconds: UInt64
    ) {
        self.configuration = configuration
        self.ledger = ledger
        self.bootID = bootID
        self.wallMilliseconds = wallMilliseconds
        self.bootMilliseconds = bootMilliseconds
    }

    /// `waitedMilliseconds` passed on this host since the order came.
    package func decide(_ order: Order, waitedMilliseconds: UInt64) -> Decision {
        if let entry = ledger[order.id] { return .known(entry) }
        guard ActionFolder.isID(order.id), Self.isHub(order.hub) else {
            return .refuse(.undeclared, "an order needs an id of 32 and a hub of 16 hexadecimal digits")
        }
        if let refusal = replay(order) { return refusal }
        guard configuration.takesOrders else {
            return .refuse(.undeclared, "this host takes no orders: agent.conf says actions = no")
        }
        guard let action = configuration.actions.first(where: { $0.name == order.action }) else {
            let names = configuration.actions.map(\.name).joined(separator: ", ")
            return .refuse(
                .undeclared,
                "this host declares no action \(order.action)"
                    + (names.isEmpty ? "; it declares none" : "; it declares \(names)"))
        }
        let values: [Label]
        do throws(ActionError) {
            values = try action.declared.filled(order.parameters.pairs)
        } catch {
            return .refuse(.undeclared, error.description)
        }
        // The hub's clock against itself: how the host's stands is no matter.
        let sent = order.sentAt.milliseconds
        let left = order.notAfter.milliseconds.subtractingReportingOverflow(sent)
        guard left.overflow || left.partialValue > Int64(clamping: waitedMilliseconds) else {
            return .refuse(.expired, "the time to start it by has passed")
        }
        if let refusal = busy(action) { return refusal }
        return .start(action, values)
    }

    private func replay(_ order: Order) -> Decision? {
        if let mark = ledger.marks[order.hub] {
            guard order.sequence > mark.sequence else {
                return .refuse(
                    .replayed,
                    "its number \(order.sequence) is not above \(mark.sequence), the last of its hub")
            }
        } else if !ledger.hasRoomForHub(at: wallMilliseconds) {
            return .refuse(
                .ledger, "orders of \(ActionLedger.hubsMax) hubs are known; none is taken of another")
        }
        guard order.fence == 0 || order.fence >= (fence(order) ?? 0) else {
            return .refuse(.forbidden, "a newer rollout has taken this host's lock")
        }
        return nil
    }

    private func fence(_ order: Order) -> UInt64? {
        let lock = configuration.actions.first { $0.name == order.action }?.lock
        return lock.flatMap { ledger.fences[$0] }
    }

    private func busy(_ action: AgentConfiguration.Action) -> Decision? {
        let open = ledger.entries.filter { $0.state == .open }
        if let holder = open.first(where: { $0.lock == action.lock }) {
            return .refuse(
                .busy, "\(holder.action) runs and holds the lock \(action.lock); try again when it has ended")
        }
        guard open.count < Self.runningMax else {
            return .refuse(.busy, "\(open.count) actions run on this host; try again when some have ended")
        }
        guard action.cooldownMilliseconds > 0, let last = ledger.lastStart(of: action.name) else {
            return nil
        }
        let passed =
            last.bootID == bootID
            ? bootMilliseconds &- last.bootMilliseconds
            : UInt64(clamping: wallMilliseconds.subtractingReportingOverflow(last.startedAt).partialValue)
        guard passed < action.cooldownMilliseconds else { return nil }
        let left = action.cooldownMilliseconds - passed
        let rest = Durations.text((left + 999) / 1000 * 1000)
        return .refuse(
            .busy,
            "\(action.name) was started \(Durations.text(passed / 1000 * 1000)) ago; its cooldown goes on for \(rest)",
            freeIn: left)
    }

    private static func isHub(_ text: String) -> Bool {
        text.utf8.count == 16
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

extension AgentConfiguration.Action {
    /// What the hub may know of it.
    package var declared: DeclaredAction {
        DeclaredAction(
            name: name, about: about, danger: danger, lock: lock, user: user ?? "",
            timeoutMilliseconds: timeoutMilliseconds, expectsReboot: expectsReboot,
            returnMilliseconds: returnMilliseconds, parameters: parameters)
    }
}
