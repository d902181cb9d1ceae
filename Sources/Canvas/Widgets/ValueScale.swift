/// From a value to its share of the height, whatever the value: graphs are drawn of what hosts say.
struct ValueScale: Hashable, Sendable {
    let low: Double
    let high: Double

    /// 0 at and below `low`, 1 at and above `high`, nil for what is not a number. Where the bounds leave no room
    /// between them, or are infinite, what is above `low` is at the top.
    func share(of value: Double) -> Double? {
        guard !value.isNaN else { return nil }
        guard value > low else { return 0 }
        guard value < high else { return 1 }
        // Halved first: a range from -1e308 to 1e308 is not infinite.
        let share = (value / 2 - low / 2) / (high / 2 - low / 2)
        return share.isNaN ? 1 : min(share, 1)
    }

    /// The share in whole steps of `count`, at least the first for what is above `low`; nil for a gap.
    func steps(of value: Double, count: Int) -> Int? {
        guard let share = share(of: value) else { return nil }
        let nearest = Int((share * Double(count)).rounded())
        return nearest == 0 && value > low && count > 0 ? 1 : nearest
    }
}
