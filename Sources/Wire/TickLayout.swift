import Telemetry

/// How a group's values stand in a tick: two bits of the group's head.
enum TickLayout: UInt8 {
    case unchanged = 0
    /// A bit a slot, then the values whose bit is set.
    case bitmap = 1
    /// A value for each slot that carries one.
    case all = 2
    /// A count, then for each changed slot its distance from the one before and its value.
    case sparse = 3

    /// The layout that costs the fewest bytes beside the changed values themselves.
    static func shortest(slots: Int, live: Int, changed: Int) -> TickLayout {
        guard changed > 0 else { return .unchanged }
        let bitmap = (slots + 7) / 8
        let all = live - changed
        let sparse = changed + 1
        if all <= bitmap, all <= sparse { return .all }
        return sparse < bitmap ? .sparse : .bitmap
    }
}

/// The bits of a tick's first byte.
enum TickFlags {
    static let snapshot: UInt8 = 1
    static let histograms: UInt8 = 2
    static let late: UInt8 = 4
}

/// What an entry of a dictionary frame does.
enum DictionaryEntry: UInt8 {
    case group = 1
    case define = 2
    case retire = 3
}

/// What a slot carries: all that a tick's codec needs of its definition.
enum SlotContent: UInt8 {
    case free = 0
    case integer = 1
    case double = 2
    case histogram = 3

    init(_ definition: SeriesDefinition) {
        if definition.type == .histogram {
            self = .histogram
        } else if case .double = definition.scale {
            self = .double
        } else {
            self = .integer
        }
    }

    var hasValue: Bool { self == .integer || self == .double }
}
