import CLinux
import Glibc
package import Telemetry
package import Wire

/// The agent's end of orders: it starts a courier for each and passes on what they tell, at the pace at which the hub takes it.
package final class ActionCouriers: LoopSource {
    /// Couriers at once: more orders are refused until some have ended.
    package static let couriersMax = 32
    /// Messages that wait for the link; beyond, couriers wait, and scripts never.
    private static let waitingMax = 32
    private static let readBytes = 1 << 16

    private struct Courier {
        let pid: Int32
        let output: Int32
        let id: String
        var decoder = FrameDecoder(seriesMax: 0)
    }

    /// What is told of this host; set again when the configuration was read anew.
    package private(set) var declared: HostActions
    /// Whether the hub has yet to hear of `declared`.
    package var hasNews: Bool
    private let configuration: String
    private let state: String
    private let events: Int32
    private var couriers: [Int32: Courier] = [:]
    private var waiting: [WireMessage] = []
    /// Orders that are to be ended, and whose runner does not listen yet, with who asked.
    private var cancels: [String: String] = [:]
    /// Ended couriers that the kernel has not given up yet.
    private var unreaped: [Int32] = []
    private var buffer = [UInt8](repeating: 0, count: readBytes)

    /// nil where the kernel gives no descriptor.
    package init?(_ read: AgentConfiguration, configuration: String, state: String) {
        events = clinux_epoll()
        guard events >= 0 else { return nil }
        self.configuration = configuration
        self.state = state
        declared = Self.declared(by: read)
        hasNews = true
    }

    deinit { close(events) }

    package func declare(_ read: AgentConfiguration) {
        let new = Self.declared(by: read)
        guard new != declared else { return }
        declared = new
        hasNews = true
    }

    private static func declared(by read: AgentConfiguration) -> HostActions {
        HostActions(
            actions: read.actions.prefix(WireLimits.actions).map(\.declared),
            refusal: read.takesOrders ? "" : "agent.conf says actions = no",
            isWeaklyContained: ActionGroup.base == nil)
    }

    package var descriptor: Int32 {
        couriers.isEmpty || waiting.count >= Self.waitingMax ? -1 : events
    }

    package var awaitsAnswer: Bool { false }

    package func tick(at now: TickTime) {
        reap()
        guard !cancels.isEmpty else { return }
        cancels = cancels.filter { id, asker in
            couriers.values.contains { $0.id == id } && !folder.askToCancel(id, by: asker)
        }
    }

    /// Has an order ended: TERM, its grace, KILL. One that is not started yet is ended once it is; of one that has
    /// come to its end nothing is left to do.
    package func cancel(_ id: String, _ actor: Labels) {
        let names = ["as", "user", "uid"].compactMap { actor[$0] }
        let asker = names.first ?? ""
        guard !folder.askToCancel(id, by: asker), couriers.values.contains(where: { $0.id == id }) else {
            return
        }
        cancels[id] = asker
    }

    private var folder: ActionFolder { ActionFolder(state: state) }

    /// Takes an order: what becomes of it comes by `next`.
    package func take(_ order: Order) {
        guard couriers.count < Self.couriersMax else {
            return refuse(
                order, .busy, "\(couriers.count) orders are under way on this host; try again later")
        }
        guard !couriers.values.contains(where: { $0.id == order.id }) else { return }
        var ends: [Int32] = [-1, -1]
        let words = ["martlet-agent", ActionCourier.verb, configuration, state]
        var argv: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe argv.forEach { unsafe free($0) } }
        let pid = unsafe clinux_helper_start("/proc/self/exe", &argv, &ends)
        guard pid > 0 else {
            return refuse(order, .ledger, "no process for it: \(LogSourceError.reason(-pid))")
        }
        // An order is far smaller than a pipe, so this never waits.
        let frame = FrameEncoder.frame(.order(order))
        let count = unsafe frame.withUnsafeBytes { unsafe write(ends[0], $0.baseAddress, $0.count) }
        close(ends[0])
        guard count == frame.count else {
            close(ends[1])
            unreaped.append(pid)
            return refuse(order, .ledger, "the process for it took no order")
        }
        _ = clinux_epoll_add(events, ends[1])
        couriers[ends[1]] = Courier(pid: pid, output: ends[1], id: order.id)
    }

    package func readable() {
        var ready = [16 of Int32](repeating: -1)
        let count = unsafe withUnsafeMutableBytes(of: &ready) { bytes in
            unsafe clinux_epoll_ready(events, bytes.bindMemory(to: Int32.self).baseAddress, 16)
        }
        for place in 0..<max(0, Int(count)) { read(ready[place]) }
        reap()
    }

    /// The next message for the hub; nil while there is none.
    package func next() -> WireMessage? { waiting.isEmpty ? nil : waiting.removeFirst() }

    private func read(_ descriptor: Int32) {
        guard var courier = couriers[descriptor] else { return }
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        if count > 0 {
            courier.decoder.append(buffer.span.extracting(0..<count))
            do throws(WireError) {
                while let message = try courier.decoder.next() { pass(message) }
                couriers[descriptor] = courier
                return
            } catch {
                // A courier is our own program: what it says wrongly ends it like its death.
            }
        }
        couriers[descriptor] = nil
        close(descriptor)
        unreaped.append(courier.pid)
    }

    private func pass(_ message: WireMessage) {
        switch message {
        case .report, .output: waiting.append(message)
        default: break
        }
    }

    private func refuse(_ order: Order, _ cause: Report.Cause, _ text: String) {
        waiting.append(
            .report(Report(id: order.id, state: .refused, exitStatus: 0, text: text, cause: cause)))
    }

    private func reap() { unreaped.removeAll { clinux_reap($0) == 1 } }
}
