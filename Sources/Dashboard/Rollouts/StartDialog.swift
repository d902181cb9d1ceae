import Canvas
import Fleet
import Telemetry
import Text

/// The dialog that starts a rollout: pick one, fill its parameters in, see the plan, confirm it by its danger.
///
/// A key that was typed before a step was drawn is no answer to it. What the hub refuses leads back to what was filled in.
struct StartDialog: Hashable, Sendable {
    /// Where the dialog is, from the list of what can be started to the start.
    enum Stage: Hashable, Sendable {
        /// The hub is asked what can be started.
        case asking
        case choosing(chosen: Int)
        case filling(focus: Int)
        /// The hub is asked for the plan.
        case planning(RolloutRequest)
        /// The plan from a line of it on.
        case planned(RolloutRequest, firstLine: Int)
        case confirming(RolloutRequest, Confirmation)
        case starting(RolloutRequest)
        case refused(String)
    }

    /// What a key made of the dialog.
    enum Outcome: Hashable, Sendable {
        case stays
        case closes
        case asks(StartQuestion)
    }

    /// A value that can be filled in.
    struct Field: Hashable, Sendable {
        enum Meaning: Hashable, Sendable {
            case parameter(String)
            case reason
            /// Why it may start outside of its window.
            case override
        }

        let meaning: Meaning
        var text: TextField
        let help: SafeText

        var name: SafeText {
            switch meaning {
            case .parameter(let name): SafeText(name)
            case .reason: "why"
            case .override: "override"
            }
        }
    }

    private(set) var stage = Stage.asking
    private(set) var isSeen = false
    private(set) var definitions: [RolloutDefinition] = []
    private(set) var picked: RolloutDefinition?
    private(set) var fields: [Field] = []
    /// The plan that is shown; nil before there is one.
    private(set) var prospect: RolloutProspect?

    mutating func wasSeen() { isSeen = true }

    private mutating func show(_ next: Stage) {
        stage = next
        isSeen = false
    }

    var title: SafeText {
        if let prospect { return SafeText("Start \(prospect.forecast.rollout.title)") }
        return picked.map { SafeText("Start \($0.name)") } ?? "Start a rollout"
    }

    // MARK: What the hub says

    mutating func take(_ news: StartNews) {
        // An answer to what is no more asked changes nothing.
        switch news {
        case .definitions(let definitions):
            guard stage == .asking else { return }
            self.definitions = definitions
            show(
                definitions.isEmpty
                    ? .refused("rollouts.yaml describes no rollout; docs/rollouts-yaml.md says how it does")
                    : .choosing(chosen: 0))
        case .planned(let request, let prospect):
            guard stage == .planning(request) else { return }
            self.prospect = prospect
            show(.planned(request, firstLine: 0))
        case .refused(let question, let reason): if question == asked { show(.refused(reason)) }
        case .started: break  // the dashboard closes the dialog
        }
    }

    /// What the hub has not answered yet.
    private var asked: StartQuestion? {
        switch stage {
        case .asking: .definitions
        case .planning(let request): .plan(request)
        case .starting(let request): .start(request)
        case .choosing, .filling, .planned, .confirming, .refused: nil
        }
    }

    /// Whether the hub's answer is to what was confirmed here.
    func started(_ request: RolloutRequest) -> Bool { stage == .starting(request) }

    // MARK: Keys

    /// - Parameter plan: the lines of the plan, and how many of them are shown at once.
    mutating func take(_ press: KeyPress, plan: (count: Int, page: Int)) -> Outcome {
        if press.key == .escape { return .closes }
        guard isSeen else { return .stays }
        switch stage {
        case .asking, .planning, .starting: return .stays
        case .choosing(let chosen): return choose(press, chosen)
        case .filling(let focus): return fill(press, focus)
        case .planned(let request, let line): return read(press, request, line, plan)
        case .confirming(let request, var confirmation):
            switch confirmation.take(press) {
            case .stays: stage = .confirming(request, confirmation)
            case .no: return .closes
            case .yes:
                show(.starting(request))
                return .asks(.start(request))
            }
            return .stays
        case .refused:
            guard press.key == .enter || press.key == .character("q") else { return .stays }
            guard press.key == .enter, picked != nil, !fields.isEmpty else { return .closes }
            prospect = nil
            show(.filling(focus: 0))
            return .stays
        }
    }

    /// Pasted text is a value, and never an answer.
    mutating func paste(_ text: String) {
        guard isSeen, case .filling(let focus) = stage, fields.indices.contains(focus) else { return }
        fields[focus].text.paste(text)
    }

    private mutating func choose(_ press: KeyPress, _ chosen: Int) -> Outcome {
        switch press.key {
        case .character("q"): return .closes
        case .up, .character("k"): stage = .choosing(chosen: max(0, chosen - 1))
        case .down, .character("j"): stage = .choosing(chosen: min(chosen + 1, definitions.count - 1))
        case .enter:
            guard definitions.indices.contains(chosen) else { return .stays }
            picked = definitions[chosen]
            fields = Self.fields(of: definitions[chosen])
            show(.filling(focus: 0))
        default: break
        }
        return .stays
    }

    private static func fields(of definition: RolloutDefinition) -> [Field] {
        var fields = definition.parameters.map { parameter in
            Field(
                meaning: .parameter(parameter.name), text: TextField(parameter.initial ?? ""),
                help: parameter.initial == nil ? "must be given" : "")
        }
        fields.append(
            Field(meaning: .reason, text: TextField(), help: "for those who look later, or nothing"))
        guard !definition.notDuring.isEmpty else { return fields }
        let windows = definition.notDuring.map(\.description).joined(separator: ", ")
        fields.append(
            Field(
                meaning: .override, text: TextField(),
                help: SafeText("not during \(windows): a reason starts it all the same")))
        return fields
    }

    private mutating func fill(_ press: KeyPress, _ focus: Int) -> Outcome {
        switch press.key {
        case .up, .backTab: stage = .filling(focus: max(0, focus - 1))
        case .down, .tab: stage = .filling(focus: min(focus + 1, fields.count - 1))
        case .enter:
            guard let picked else { return .stays }
            let request = filled(picked)
            show(.planning(request))
            return .asks(.plan(request))
        default:
            if fields.indices.contains(focus) { _ = fields[focus].text.edit(press) }
        }
        return .stays
    }

    /// A field that is empty is not given, so that the hub says what is missing.
    private func filled(_ definition: RolloutDefinition) -> RolloutRequest {
        var request = RolloutRequest(name: definition.name)
        for field in fields where field.text.text.contains(where: { !$0.isWhitespace }) {
            switch field.meaning {
            case .parameter(let name): request.parameters[name] = field.text.text
            case .reason: request.reason = field.text.text
            case .override: request.override = field.text.text
            }
        }
        return request
    }

    private mutating func read(
        _ press: KeyPress, _ request: RolloutRequest, _ line: Int, _ plan: (count: Int, page: Int)
    ) -> Outcome {
        let last = max(0, plan.count - plan.page)
        var line = min(line, last)
        switch press.key {
        case .character("q"): return .closes
        case .up, .character("k"): line -= 1
        case .down, .character("j"): line += 1
        case .pageUp: line -= plan.page
        case .pageDown, .character(" "): line += plan.page
        case .home, .character("g"): line = 0
        case .end, .character("G"): line = last
        case .enter:
            guard let prospect else { return .stays }
            guard prospect.forecast.obstacles.isEmpty else {
                // Back to what was filled in; the plan that is made then is a new one.
                self.prospect = nil
                show(.filling(focus: 0))
                return .stays
            }
            show(.confirming(request, Self.confirmation(of: prospect)))
            return .stays
        default: return .stays
        }
        stage = .planned(request, firstLine: max(0, min(line, last)))
        return .stays
    }

    /// As the greatest danger of its actions asks for, and as `martlet rollout start` does.
    private static func confirmation(of prospect: RolloutProspect) -> Confirmation {
        let hosts = prospect.hosts
        switch prospect.danger {
        case .look: return .choice(isYes: false)
        case .service where hosts.count == 1: return .choice(isYes: false)
        case .service: return .typing("\(hosts.count)")
        case .destroy:
            return .typing(hosts.count == 1 ? hosts[0] : "\(prospect.forecast.rollout.name) \(hosts.count)")
        }
    }
}
