/// A line format compiled to steps. A line that fits is read in one pass without looking back; one that does not is
/// tried by `FieldMatcher`, which knows every way a line could fit, in time linear in its length.
struct FieldProgram: Sendable {
    /// How a server writes a quote inside a quoted field.
    enum Escaping: UInt8, Sendable {
        /// `\"`, and `\\` for a backslash: Apache, Tomcat. nginx writes `\x22`, which never looks like an end.
        case backslash
        /// Not at all, or without escaping backslashes (morgan, werkzeug, gunicorn): a quote ends the field where
        /// the text after it follows.
        case none
    }

    private(set) var steps: [FieldStep] = []
    /// What each step's field is called where the format came from, for messages; empty for text.
    private(set) var names: [String] = []
    var escaping = Escaping.backslash
    private(set) var common = CommonLine.Plan()
    /// Reads the lines that do not fit at first sight; nil for a format with too many states.
    private(set) var matcher: FieldMatcher?
    static let stepsMax = 120

    /// The lines are no requests: what is called a path and a route is an entry's message and level.
    private(set) var isEntry = false

    /// Whether there may be more on the line than the format tells of.
    var allowsMore = false

    /// Where a line stopped fitting: the step, and the offset into the buffer.
    struct Failure: Equatable {
        var step: Int
        var offset: Int
    }

    init(escaping: Escaping = .backslash) {
        self.escaping = escaping
    }

    mutating func append(_ step: FieldStep, name: String = "") {
        steps.append(step)
        names.append(name)
    }

    /// Adds text that must stand between the fields.
    mutating func append(text: [UInt8], isBlankLoose: Bool = false) {
        var rest = text[...]
        if let last = steps.indices.last, steps[last].textCount == 0, steps[last].kind != .text {
            steps[last].isBlankLoose = isBlankLoose
            rest = steps[last].take(rest)
        }
        while !rest.isEmpty {
            var step = FieldStep(.text)
            step.isBlankLoose = isBlankLoose
            rest = step.take(rest)
            append(step)
        }
    }

    /// Makes this a format of entries if it has no field that only requests have.
    mutating func becomeEntryIfNoRequest() {
        let rest: Set<FieldStep.Kind> = [.text, .skip, .time, .id, .level, .message]
        guard steps.allSatisfy({ rest.contains($0.kind) }) else { return }
        isEntry = true
        for place in steps.indices {
            if steps[place].kind == .message { steps[place].kind = .path }
            if steps[place].kind == .level { steps[place].kind = .route }
        }
    }

    /// Of several durations keeps the one with the finest unit, of those the first; of several statuses the last one of a
    /// request, Apache's `%>s`, else the first.
    private mutating func keepOneOfEach() {
        let (steps, names) = (steps, names)
        let fineness = { (place: Int) in
            // gunicorn's %(L)s is seconds with six decimals; morgan's time to the last byte holds that to the first.
            steps[place].shift == 9 && names[place] == "L"
                ? 4 : Int(steps[place].shift) + (names[place].hasPrefix(":total-time") ? 1 : 0)
        }
        let durations = steps.indices.filter { steps[$0].kind == .duration }
        if let finest = durations.min(by: { (fineness($0), $0) < (fineness($1), $1) }) {
            for place in durations where place != finest { self.steps[place].kind = .skip }
        }
        let statuses = steps.indices.filter { steps[$0].kind == .status }
        let last = statuses.first { names[$0].utf8.contains(UInt8(ascii: ">")) } ?? statuses.first
        for place in statuses where place != last { self.steps[place].kind = .skip }
    }

    /// Joins `step` with the field before it, no text being between them; false where nobody could part the two.
    mutating func join(_ step: FieldStep) -> Bool {
        guard let last = steps.indices.last, steps[last].textCount == 0 else { return false }
        switch (steps[last].kind, step.kind) {
        case (.skip, .skip), (.path, .skip), (.hostAndPath, .skip): return true
        case (.skip, .path):
            steps[last].kind = .hostAndPath
            return true
        default: return false
        }
    }

    /// Makes the last field, a path, one that a query follows at once.
    mutating func takeQuery() {
        if let last = steps.indices.last, steps[last].kind == .path { steps[last].kind = .pathAndQuery }
    }

    /// Ends the building of a program from a user's `pattern`.
    mutating func finish(_ pattern: String) throws(LogFormatError) {
        guard steps.contains(where: { $0.kind != .text }) else {
            throw LogFormatError("\"\(pattern)\" names no field")
        }
        guard steps.count <= Self.stepsMax else {
            throw LogFormatError("\"\(pattern)\" has more than \(Self.stepsMax) fields")
        }
        keepOneOfEach()
        optimize()
        matcher = FieldMatcher(self)
    }

    /// Lets the usual beginning be read in one go, if the format begins so.
    private mutating func optimize() {
        let covered = CommonLine.stepsCovered(steps)
        guard covered > 0 else { return }
        common.hasAgents = CommonLine.hasAgents(steps, from: covered)
        let last = common.hasAgents ? covered + 1 : covered - 1
        // The text behind is checked by a step of its own, so that both ways meet there; an agent's quote stays.
        let text = steps[last].textBytes
        let kept = common.hasAgents ? 1 : 0
        common.resume = last + 1
        guard text.count > kept else { return }
        var behind = FieldStep(.text)
        behind.isBlankLoose = steps[last].isBlankLoose
        _ = behind.take(text[kept...])
        _ = steps[last].take(text[..<kept])
        steps.insert(behind, at: last + 1)
        names.insert("", at: last + 1)
    }

    var hasDuration: Bool { steps.contains { $0.kind == .duration || $0.kind == .timers } }
    var hasStatus: Bool { steps.contains { $0.kind == .status } }

    /// The first step that only a request has.
    var firstTelling: Int {
        let telling: Set<FieldStep.Kind> = [.request, .status, .path, .hostAndPath, .pathAndQuery]
        return steps.firstIndex { telling.contains($0.kind) } ?? 0
    }
}
