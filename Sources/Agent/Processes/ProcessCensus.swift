/// What one pass over all processes counted.
package struct ProcessCensus: Equatable {
    package internal(set) var processes: Int64 = 0
    package internal(set) var threads: Int64 = 0
    /// By the state's letter, A to Z; other letters are not counted.
    package internal(set) var states = [Int64](repeating: 0, count: 26)

    mutating func add(_ stat: ProcessStat) {
        processes += 1
        threads += Int64(max(0, stat.threads))
        let letter = Int(stat.state) - 0x41
        if states.indices.contains(letter) { states[letter] += 1 }
    }

    mutating func clear() {
        processes = 0
        threads = 0
        for letter in states.indices { states[letter] = 0 }
    }
}
