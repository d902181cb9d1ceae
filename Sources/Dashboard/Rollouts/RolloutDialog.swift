import Canvas
import Fleet

/// The dialog about a rollout: pick what to say, say why, confirm it, hear what the hub answers.
///
/// The rollout is the one of the moment at which it was opened, its state the one of now. A key that was typed before a step
/// was drawn, or before the rollout came into another state than the step tells of, is no answer to it. That batches follow
/// each other is no other state: who types the name of what is to be taken back need not be faster than they are.
struct RolloutDialog: Hashable, Sendable {
    typealias Verb = RolloutOrderRequest.Verb

    /// Where the dialog is: a verb, why, the question, the hub's answer.
    enum Stage: Hashable, Sendable {
        case choosing(chosen: Int)
        /// Why, in words that may be left out.
        case saying(TextField)
        case confirming(Confirmation)
        case asking
        case refused(String)
    }

    /// What a key made of the dialog.
    enum Outcome: Hashable, Sendable {
        case stays
        case closes
        case orders(RolloutOrderRequest)
    }

    private(set) var rollout: RolloutView
    private(set) var digest: RolloutDigest
    private(set) var stage: Stage
    private(set) var verb: Verb?
    private(set) var isSeen = false
    private var reason = ""

    /// With a verb the menu is passed over; one that the state does not allow is refused at once.
    init(_ rollout: RolloutView, _ digest: RolloutDigest, verb: Verb? = nil) {
        self.rollout = rollout
        self.digest = digest
        self.verb = verb
        let verbs = rollout.verbs(digest)
        if let verb {
            stage = verbs.contains(verb) ? .saying(TextField()) : .refused(Self.refusal(of: rollout, verb))
        } else {
            stage =
                verbs.isEmpty
                ? .refused(
                    "\(rollout.title) is \(rollout.standing): there is nothing to say to it any more\(rollout.takenBack.map { "; see \(RolloutView.short($0.id)), or start the version that you want" } ?? "")"
                )
                : .choosing(chosen: 0)
        }
    }

    /// States that follow each other by themselves, and in which the same can be said.
    private static let areAtWork: Set<RolloutView.State> = [.running, .baking]

    var verbs: [Verb] { rollout.verbs(digest) }

    private static func refusal(of rollout: RolloutView, _ verb: Verb) -> String {
        "\(rollout.title) is \(rollout.standing): it cannot be told to \(verb.words)"
    }

    mutating func wasSeen() { isSeen = true }

    private mutating func show(_ next: Stage) {
        stage = next
        isSeen = false
    }

    // MARK: What the hub says

    /// The rollout as it stands now.
    mutating func take(_ now: RolloutView, _ digest: RolloutDigest) {
        let wentOn = Self.areAtWork.isSuperset(of: [rollout.state, now.state])
        let isOther = !wentOn && (now.state != rollout.state || now.batch != rollout.batch)
        rollout = now
        self.digest = digest
        guard isOther else { return }
        switch stage {
        case .choosing: show(verbs.isEmpty ? RolloutDialog(now, digest).stage : .choosing(chosen: 0))
        case .saying, .confirming:
            guard let verb, verbs.contains(verb) else {
                return show(.refused(verb.map { Self.refusal(of: now, $0) } ?? ""))
            }
            if case .confirming = stage { confirm(verb) }
        case .asking, .refused: break
        }
    }

    /// Whether the hub's answer is to what was said here.
    func asked(_ request: RolloutOrderRequest) -> Bool {
        stage == .asking && request.id == rollout.id && request.verb == verb
    }

    mutating func refuse(_ reason: String) { show(.refused(reason)) }

    // MARK: Keys

    mutating func take(_ press: KeyPress) -> Outcome {
        if press.key == .escape { return .closes }
        guard isSeen else { return .stays }
        switch stage {
        case .choosing(let chosen): return choose(press, chosen)
        case .saying(var field):
            if press.key == .enter, let verb {
                reason = field.text
                confirm(verb)
            } else if field.edit(press) {
                stage = .saying(field)
            }
        case .confirming(var confirmation):
            switch confirmation.take(press) {
            case .stays: stage = .confirming(confirmation)
            case .no: return .closes
            case .yes:
                guard let verb else { return .closes }
                show(.asking)
                return .orders(RolloutOrderRequest(id: rollout.id, verb: verb, reason: reason))
            }
        case .asking: break
        case .refused: if press.key == .enter || press.key == .character("q") { return .closes }
        }
        return .stays
    }

    /// Pasted text is words for why, and never an answer.
    mutating func paste(_ text: String) {
        guard isSeen, case .saying(var field) = stage else { return }
        field.paste(text)
        stage = .saying(field)
    }

    private mutating func choose(_ press: KeyPress, _ chosen: Int) -> Outcome {
        switch press.key {
        case .character("q"): return .closes
        case .up, .character("k"): stage = .choosing(chosen: max(0, chosen - 1))
        case .down, .character("j"): stage = .choosing(chosen: min(chosen + 1, verbs.count - 1))
        case .enter:
            guard verbs.indices.contains(chosen) else { return .stays }
            verb = verbs[chosen]
            show(.saying(TextField()))
        default: break
        }
        return .stays
    }

    private mutating func confirm(_ verb: Verb) {
        show(.confirming(verb.isGrave ? .typing(rollout.phrase) : .choice(isYes: false)))
    }
}
