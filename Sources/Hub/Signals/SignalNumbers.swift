import Fleet

/// Numbers for one host's signals, small and dense, so that a tick looks nothing up by name.
///
/// A number stays a signal's while its subject comes and goes, so a container that restarts keeps its own. When the
/// table is full, numbers that nothing uses are given to others, which `takeRecycled` tells whoever keeps them.
struct SignalNumbers: Sendable {
    private let max: Int
    private(set) var keys: [SignalKey?] = []
    private(set) var refused: UInt64 = 0
    private var uses: [Int32] = []
    private var places: [SignalKey: Int32] = [:]
    private var free: [Int32] = []
    private var hasUnused = false

    init(max: Int) {
        self.max = max
    }
    private var recycled: [Int32] = []

    /// Stands for a number that was refused: asked for again, since room may come, and counted as refused once.
    static let refusedNumber: Int32 = -2

    /// The same for a signal whose number is not known yet or was refused before: `number` becomes what it is now.
    mutating func take(_ key: SignalKey, into number: inout Int32) {
        let before = refused
        let isAgain = number == Self.refusedNumber
        number = take(key) ?? Self.refusedNumber
        if isAgain { refused = before }
    }

    /// The number of a signal, counted as one more use; nil where there is no room.
    mutating func take(_ key: SignalKey) -> Int32? {
        if let place = places[key] {
            uses[Int(place)] += 1
            return place
        }
        if keys.count == max, free.isEmpty, hasUnused { collect() }
        let place: Int32
        if let reused = free.popLast() {
            place = reused
            keys[Int(place)] = key
            uses[Int(place)] = 1
        } else if keys.count < max {
            place = Int32(keys.count)
            keys.append(key)
            uses.append(1)
        } else {
            refused &+= 1
            return nil
        }
        places[key] = place
        return place
    }

    /// Ends one use.
    mutating func release(_ number: Int32) {
        uses[Int(number)] -= 1
        if uses[Int(number)] <= 0 { hasUnused = true }
    }

    /// Whether some subject that is there has it.
    func isUsed(_ number: Int32) -> Bool {
        uses.indices.contains(Int(number)) && uses[Int(number)] > 0
    }

    func number(of key: SignalKey) -> Int32? {
        places[key]
    }

    /// Numbers that lost their signal since the last call.
    mutating func takeRecycled() -> [Int32] {
        guard !recycled.isEmpty else { return [] }
        defer { recycled = [] }
        return recycled
    }

    private mutating func collect() {
        hasUnused = false
        for place in keys.indices where uses[place] <= 0 {
            guard let key = keys[place] else { continue }
            places[key] = nil
            keys[place] = nil
            free.append(Int32(place))
            recycled.append(Int32(place))
        }
    }
}
