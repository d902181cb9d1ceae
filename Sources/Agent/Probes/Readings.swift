package import Wire

/// The series of one probe and their raw values; slots stay put, so a warm read only writes integers.
///
/// A probe defines a series when it first sees the thing (a CPU, a disk), keeps the slot, writes
/// `readings[slot]` each time, and retires it when the thing is gone. The sampler sees `changes`
/// since its last look and passes them to the encoder.
package struct Readings {
    /// What the other side must be told before the next values.
    package enum Change {
        case defined(slot: Int)
        case retired(slot: Int)
    }

    /// Raw values by slot, in each definition's scale. A retired slot's value means nothing.
    package private(set) var values: [Int64] = []
    /// nil where the slot is retired and free.
    package private(set) var definitions: [SeriesDefinition?] = []
    /// What was defined and retired since `clearChanges`, in order.
    package private(set) var changes: [Change] = []
    private var free: [Int] = []

    package init() {}

    /// A slot for a new series; reuses retired ones.
    package mutating func define(_ definition: SeriesDefinition) -> Int {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            definitions[slot] = definition
            values[slot] = 0
        } else {
            slot = values.count
            definitions.append(definition)
            values.append(0)
        }
        changes.append(.defined(slot: slot))
        return slot
    }

    /// Ends the series in `slot`; the hub sees a gap from here on, never a zero.
    package mutating func retire(_ slot: Int) {
        precondition(definitions[slot] != nil, "a slot is retired once")
        definitions[slot] = nil
        free.append(slot)
        changes.append(.retired(slot: slot))
    }

    package subscript(slot: Int) -> Int64 {
        get { values[slot] }
        set { values[slot] = newValue }
    }

    /// The sampler has passed the changes on.
    package mutating func clearChanges() {
        changes.removeAll(keepingCapacity: true)
    }
}
