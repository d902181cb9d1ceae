/// Values by step, as many of the newest as there is room for. Storage is made with the first value; a step that nothing
/// was put in has the empty one.
struct StepRing<Value: Sendable>: Sendable {
    let capacity: Int
    let empty: Value
    private var ring: [Value] = []
    /// The newest step that something was put in; `Int64.min` before that.
    private(set) var newest: Int64 = .min

    init(capacity: Int, empty: Value) {
        self.capacity = max(1, min(capacity, 20_000))
        self.empty = empty
    }

    subscript(step: Int64) -> Value {
        reaches(step) ? ring[place(of: step)] : empty
    }

    /// Changes a step's value in place; does nothing to a step that is older than the ring reaches.
    mutating func update(_ step: Int64, _ change: (inout Value) -> Void) {
        advance(to: step)
        guard reaches(step) else { return }
        change(&ring[place(of: step)])
    }

    /// Whether the step is among those kept.
    func reaches(_ step: Int64) -> Bool {
        guard newest != .min, step <= newest else { return false }
        let (age, overflow) = newest.subtractingReportingOverflow(step)
        return !overflow && age < Int64(capacity)
    }

    private mutating func advance(to step: Int64) {
        guard step > newest else { return }
        if ring.isEmpty { ring = Array(repeating: empty, count: capacity) }
        let (passed, overflow) = step.subtractingReportingOverflow(newest)
        if newest != .min, overflow || passed >= Int64(capacity) {
            for place in ring.indices { ring[place] = empty }
        } else if newest != .min {
            for gap in 1...passed { ring[place(of: newest + gap)] = empty }
        }
        newest = step
    }

    private func place(of step: Int64) -> Int {
        let place = Int(step % Int64(capacity))
        return place < 0 ? place + capacity : place
    }
}
