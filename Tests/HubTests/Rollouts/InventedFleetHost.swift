import Hub
import Synchronization
import Telemetry
import Wire

/// A host that a test invents: it takes orders as an agent does, from a ledger of its own, and does what the test says.
final class InventedFleetHost: Sendable {
    /// What becomes of an action that is started.
    enum Answer: Sendable {
        case ends(Int32)
        case refuses(Report.Cause, String, freeIn: UInt64? = nil)
        case unknown(String)
        /// It goes on until the test says another thing.
        case runs
    }

    let name: String
    let declared: [DeclaredAction]
    private let mail = Mutex<[Order]>([])
    private let knowledge = Mutex(Knowledge())

    fileprivate struct Knowledge {
        var answers: [String: Answer] = [:]
        var ledger: [String: Report] = [:]
        var open: [Order] = []
        var starts: [Order] = []
        var refusals = 0
        var version = "1"
        var before = "1"
        var isWell = true
        var aheadMilliseconds: Int64 = 0
        var claimedEnd: Timestamp?
    }

    init(_ name: String, _ declared: [DeclaredAction]) {
        self.name = name
        self.declared = declared
    }

    var id: HostID { HostID(name) }

    /// What was started here, in order: `deploy`, `back`.
    var starts: [String] { knowledge.withLock { $0.starts.map(\.action) } }

    var refusals: Int { knowledge.withLock { $0.refusals } }

    /// The probe's version, empty for none; `deploy` puts its parameter there, `back` what was there before.
    var version: String {
        get { knowledge.withLock { $0.version } }
        set { knowledge.withLock { ($0.version, $0.before) = (newValue, newValue) } }
    }

    var isWell: Bool {
        get { knowledge.withLock { $0.isWell } }
        set { knowledge.withLock { $0.isWell = newValue } }
    }

    /// Its clock beside the hub's.
    var aheadMilliseconds: Int64 {
        get { knowledge.withLock { $0.aheadMilliseconds } }
        set { knowledge.withLock { $0.aheadMilliseconds = newValue } }
    }

    /// When it says that its actions ended, where that is not the truth.
    var claimedEnd: Timestamp? {
        get { knowledge.withLock { $0.claimedEnd } }
        set { knowledge.withLock { $0.claimedEnd = newValue } }
    }

    func answer(_ action: String, with answer: Answer) {
        knowledge.withLock { $0.answers[action] = answer }
    }

    /// Taken in when the hub sends it, and looked at in the host's own time.
    func take(_ order: Order) { mail.withLock { $0.append(order) } }

    /// What is on its way to it is lost, and what runs there does not live on; where it was to be started anew, that is done.
    func reboot(at time: Timestamp) {
        mail.withLock { $0 = [] }
        knowledge.withLock { mind in
            for order in mind.open {
                let isMeant = declared.contains { $0.name == order.action && $0.expectsReboot }
                mind.ledger[order.id] =
                    isMeant
                    ? Report(
                        id: order.id, state: .ended, exitStatus: 0, text: "the host came back",
                        startedAt: time, endedAt: time)
                    : Report(
                        id: order.id, state: .unknown, exitStatus: 0, text: "the host was started anew",
                        cause: .reboot)
            }
            mind.open = []
        }
    }

    /// What it says since it was asked last.
    func reports(at time: Timestamp) -> [Report] {
        let mail = mail.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        return knowledge.withLock { mind in
            var said: [Report] = []
            for order in mail { said += mind.take(order, at: time) }
            for order in mind.open {
                guard let report = mind.end(of: order, at: time) else { continue }
                said.append(report)
            }
            return said
        }
    }
}

extension InventedFleetHost.Knowledge {
    fileprivate mutating func take(_ order: Order, at time: Timestamp) -> [Report] {
        if let known = ledger[order.id] { return [known] }
        if open.contains(where: { $0.id == order.id }) {
            return [Report(id: order.id, state: .started, exitStatus: 0, text: "", startedAt: time)]
        }
        if case .refuses(let cause, let text, let freeIn) = answers[order.action] {
            let report = Report(
                id: order.id, state: .refused, exitStatus: 0, text: text, cause: cause,
                freeInMilliseconds: freeIn)
            ledger[order.id] = report
            refusals += 1
            return [report]
        }
        starts.append(order)
        open.append(order)
        return [Report(id: order.id, state: .started, exitStatus: 0, text: "", startedAt: time)]
    }

    fileprivate mutating func end(of order: Order, at time: Timestamp) -> Report? {
        let report: Report
        switch answers[order.action] ?? .ends(0) {
        case .runs, .refuses: return nil
        case .unknown(let text): report = Report(id: order.id, state: .unknown, exitStatus: 0, text: text)
        case .ends(let status):
            report = Report(
                id: order.id, state: .ended, exitStatus: status, text: "", startedAt: claimedEnd ?? time,
                endedAt: claimedEnd ?? time)
            if status == 0 { change(by: order) }
        }
        open.removeAll { $0.id == order.id }
        ledger[order.id] = report
        return report
    }

    private mutating func change(by order: Order) {
        switch order.action {
        case "deploy":
            before = version
            version = order.parameters["version"] ?? version
        case "back": version = before
        default: break
        }
    }
}
