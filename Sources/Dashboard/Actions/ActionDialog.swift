import Canvas
package import Fleet
import Telemetry
import Text

/// What is said of orders to a dashboard that asked.
package enum OrderNews: Hashable, Sendable {
    /// What the hosts that were asked for let others start.
    case listings([ActionListing])
    /// The hub did not do what was asked, and nothing was started by it.
    case failed(String)
    /// How it stands with the orders that were given, in order.
    case updates([OrderUpdate])
}

/// The dialog of `x`: pick an action, fill its parameters in, confirm by its danger, see what becomes of it.
///
/// The hosts are those of the moment at which it was opened, and every step names them. A key that was typed before the step
/// was drawn is no answer to it: ``isSeen`` is set when a frame was, and only closing keys count before.
struct ActionDialog: Hashable, Sendable {
    /// Where the dialog is, from the list of actions to what they say.
    enum Stage: Hashable, Sendable {
        /// The hosts are asked what they declare.
        case asking
        case refused(String)
        case choosing(chosen: Int)
        /// Values of the parameters in their order, and the one that is edited.
        case filling([TextField], focus: Int, error: String?)
        /// As the action's danger asks for.
        case confirming(Confirmation)
        case watching
    }

    /// What a key made of the dialog.
    enum Outcome: Hashable, Sendable {
        case stays
        case closes
        case orders(OrderRequest)
    }

    let hosts: [HostID]
    private(set) var stage = Stage.asking
    private(set) var isSeen = false
    /// Those that every host which is connected declares alike.
    private(set) var actions: [DeclaredAction] = []
    private(set) var picked: DeclaredAction?
    private(set) var values: [String: String] = [:]
    private(set) var watch = OrderWatch()
    /// Hosts that are not connected.
    private(set) var away: [String] = []
    private(set) var isWeaklyContained = false
    /// A group that has exactly these hosts.
    private let group: String?

    init(hosts: [HostID], group: String?) {
        self.hosts = hosts
        self.group = group
    }

    mutating func wasSeen() { isSeen = true }

    var title: SafeText {
        SafeText(picked.map { "\($0.name) on \(target)" } ?? "Actions on \(target)")
    }

    var target: String {
        let names = hosts.prefix(Self.namesMax).map(\.name).joined(separator: ", ")
        return hosts.count > Self.namesMax ? "\(names) and \(hosts.count - Self.namesMax) more" : names
    }

    private static let namesMax = 4

    /// What is typed for several hosts, and for `destroy`.
    private var phrase: String {
        guard hosts.count > 1 else { return hosts.first?.name ?? "" }
        return picked?.danger == .destroy ? "\(group ?? "hosts") \(hosts.count)" : "\(hosts.count)"
    }

    // MARK: What the hub says

    mutating func take(_ news: OrderNews) {
        switch news {
        case .failed(let reason): show(.refused(reason))
        case .listings(let listings): if stage == .asking { take(listings) }
        case .updates(let updates): watch.take(updates)
        }
    }

    private mutating func take(_ listings: [ActionListing]) {
        away = listings.filter { !$0.isConnected }.map(\.host)
        let there = listings.filter(\.isConnected)
        isWeaklyContained = there.contains(where: \.isWeaklyContained)
        if let refusal = there.first(where: { !$0.refusal.isEmpty }) {
            return show(.refused("\(refusal.host): \(refusal.refusal)"))
        }
        guard let first = there.first else { return show(.refused("\(target): not connected")) }
        actions = first.declared.filter { action in there.allSatisfy { $0.declared.contains(action) } }
        guard !actions.isEmpty else {
            return show(
                .refused(
                    there.contains { !$0.actions.isEmpty }
                        ? "these hosts declare no action in common"
                        : "\(target): no [action] is declared in agent.conf; see docs/actions.md"))
        }
        show(.choosing(chosen: 0))
    }

    private mutating func show(_ next: Stage) {
        stage = next
        isSeen = false
    }

    // MARK: Keys

    mutating func take(_ press: KeyPress) -> Outcome {
        if press.key == .escape { return .closes }
        guard isSeen else { return .stays }
        switch stage {
        case .asking: break
        case .refused, .watching:
            if press.key == .enter || press.key == .character("q") { return .closes }
        case .choosing(let chosen): return choose(press, chosen)
        case .filling(let fields, let focus, _): return fill(press, fields, focus)
        case .confirming(var confirmation):
            switch confirmation.take(press) {
            case .stays: stage = .confirming(confirmation)
            case .no: return .closes
            case .yes: return order()
            }
        }
        return .stays
    }

    mutating func paste(_ text: String) {
        guard isSeen, case .filling(var fields, let focus, _) = stage else { return }
        fields[focus].paste(text)
        stage = .filling(fields, focus: focus, error: nil)
    }

    private mutating func choose(_ press: KeyPress, _ chosen: Int) -> Outcome {
        switch press.key {
        case .character("q"): return .closes
        case .up, .character("k"): stage = .choosing(chosen: max(0, chosen - 1))
        case .down, .character("j"): stage = .choosing(chosen: min(chosen + 1, actions.count - 1))
        case .enter:
            guard actions.indices.contains(chosen) else { return .stays }
            picked = actions[chosen]
            let fields = actions[chosen].parameters.map { TextField($0.type.standard ?? "") }
            guard fields.isEmpty else {
                show(.filling(fields, focus: 0, error: nil))
                return .stays
            }
            return confirm()
        default: break
        }
        return .stays
    }

    private mutating func fill(_ press: KeyPress, _ fields: [TextField], _ focus: Int) -> Outcome {
        var fields = fields
        switch press.key {
        case .up, .backTab: stage = .filling(fields, focus: max(0, focus - 1), error: nil)
        case .down, .tab: stage = .filling(fields, focus: min(focus + 1, fields.count - 1), error: nil)
        case .enter:
            guard let picked else { return .stays }
            let given = zip(picked.parameters, fields).filter { !$0.1.isEmpty }
                .map { Label($0.0.name, $0.1.text) }
            do {
                values = Dictionary(
                    try picked.filled(given).map { ($0.name, $0.value) },
                    uniquingKeysWith: { first, _ in first })
            } catch {
                stage = .filling(fields, focus: focus, error: "\(error)")
                return .stays
            }
            return confirm()
        default:
            if fields[focus].edit(press) { stage = .filling(fields, focus: focus, error: nil) }
        }
        return .stays
    }

    /// The step that the action's danger asks for.
    private mutating func confirm() -> Outcome {
        switch picked?.danger {
        case nil: return .stays
        case .look: return order()
        case .service where hosts.count == 1: show(.confirming(.choice(isYes: false)))
        case .service, .destroy: show(.confirming(.typing(phrase)))
        }
        return .stays
    }

    private mutating func order() -> Outcome {
        guard let picked else { return .stays }
        show(.watching)
        return .orders(OrderRequest(action: picked.name, parameters: values, hosts: hosts.map(\.name)))
    }
}
