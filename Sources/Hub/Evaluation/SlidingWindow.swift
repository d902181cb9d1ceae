/// What came in the last so many milliseconds, in sixty parts of which the oldest goes when a new one begins: a window is up
/// to a sixtieth shorter than it is called. Times are of a clock that nobody sets.
///
/// Its sums are made of what is in it and never by taking away, which would leave the rest of a roundoff where nothing is
/// any more: parts that are whole hold the sum of themselves and of all whole ones after them, so that the oldest of these
/// has what they sum up to, and the newer ones are summed up as they come. When the last whole one goes, all are.
struct SlidingWindow {
    static let parts = 60

    /// What is kept beside the sums.
    enum Detail {
        case none
        /// The least and the greatest of each part.
        case extremes
        /// Each part by itself, for ``quantile(_:)``.
        case parts
        /// The same with the time that each is of, for ``slope(overAtLeast:)``.
        case line
    }

    private struct Part {
        var sum = 0.0
        var weight = 0.0

        static func + (left: Part, right: Part) -> Part {
            Part(sum: left.sum + right.sum, weight: left.weight + right.weight)
        }
    }

    private let width: Int64
    /// A whole part's are of all whole ones from it on.
    private var sums = [Part](repeating: Part(), count: parts)
    /// The newest whole part.
    private var whole = Int64.min
    /// Of the parts after the whole ones.
    private var rest = Part()
    /// As they came; empty where nobody asks.
    private var each: [Part] = []
    /// Of each part the sum of its values' times by their weight, in seconds; empty where nobody asks.
    private var times: [Double] = []
    private var minima: [Double] = []
    private var maxima: [Double] = []
    private var part = Int64.min

    init(milliseconds: Int64, keeping detail: Detail = .none) {
        width = max(1, milliseconds / Int64(Self.parts))
        switch detail {
        case .none: break
        case .extremes:
            minima = [Double](repeating: .infinity, count: Self.parts)
            maxima = [Double](repeating: -.infinity, count: Self.parts)
        case .parts: each = sums
        case .line: (each, times) = (sums, [Double](repeating: 0, count: Self.parts))
        }
    }

    private static func place(_ part: Int64) -> Int { Int(part % Int64(parts)) }

    private var total: Part {
        // Before the first part of all nothing is.
        let oldest = max(0, part &- Int64(Self.parts) &+ 1)
        return oldest <= whole ? sums[Self.place(oldest)] + rest : rest
    }

    var sum: Double { total.sum }
    var weight: Double { total.weight }

    var mean: Double {
        let total = total
        return total.weight > 0 ? total.sum / total.weight : .nan
    }

    mutating func add(_ value: Double, weight: Double = 1, at time: Int64) {
        advance(to: time)
        let place = Self.place(part)
        let added = Part(sum: value * weight, weight: weight)
        sums[place] = sums[place] + added
        rest = rest + added
        if !each.isEmpty { each[place] = each[place] + added }
        if !times.isEmpty { times[place] += Double(time) / 1000 * weight }
        guard !minima.isEmpty else { return }
        minima[place] = min(minima[place], value)
        maxima[place] = max(maxima[place], value)
    }

    /// Forgets what is older than the window.
    mutating func advance(to time: Int64) {
        let number = max(0, time) / width
        guard number != part else { return }
        if part == .min || number < part || number - part >= Int64(Self.parts) {
            for place in 0..<Self.parts { clear(place) }
            (part, whole, rest) = (number, number - 1, Part())
            return
        }
        while part < number {
            part += 1
            clear(Self.place(part))
            if part - Int64(Self.parts) >= whole { sumUp() }
        }
    }

    /// All parts but the newest, which has nothing yet, are whole from now on.
    private mutating func sumUp() {
        whole = part - 1
        rest = Part()
        let oldest = max(0, part - Int64(Self.parts) + 1)
        for number in stride(from: whole - 1, through: oldest, by: -1) {
            sums[Self.place(number)] = sums[Self.place(number)] + sums[Self.place(number + 1)]
        }
    }

    private mutating func clear(_ place: Int) {
        sums[place] = Part()
        if !each.isEmpty { each[place] = Part() }
        if !times.isEmpty { times[place] = 0 }
        guard !minima.isEmpty else { return }
        minima[place] = .infinity
        maxima[place] = -.infinity
    }

    /// NaN where nothing came.
    var least: Double { minima.reduce(.infinity, min).orNaN }
    var greatest: Double { maxima.reduce(-.infinity, max).orNaN }

    /// The value below which a share of the parts' means lies; each part counts as one.
    func quantile(_ share: Double) -> Double {
        let means = each.filter { $0.weight > 0 }.map { $0.sum / $0.weight }.sorted()
        guard !means.isEmpty else { return .nan }
        let place = share * Double(means.count - 1)
        let below = Int(place)
        let above = min(below + 1, means.count - 1)
        return means[below] + (means[above] - means[below]) * (place - Double(below))
    }

    /// How much the value grows in a second, by least squares over the parts' means at their mean times; NaN where the parts span
    /// less than `span` milliseconds.
    func slope(overAtLeast span: Int64) -> Double {
        var points: [(time: Double, value: Double)] = []
        var oldest: Int64 = 0
        for age in 0..<Int64(Self.parts) where part >= age {
            let place = Self.place(part - age)
            guard let known = times.isEmpty ? nil : each[place], known.weight > 0 else { continue }
            points.append((times[place] / known.weight, known.sum / known.weight))
            oldest = age
        }
        guard points.count > 1, oldest * width >= span else { return .nan }
        let count = Double(points.count)
        let time = points.reduce(0) { $0 + $1.time } / count
        let value = points.reduce(0) { $0 + $1.value } / count
        var over = 0.0
        var under = 0.0
        for point in points {
            over += (point.time - time) * (point.value - value)
            under += (point.time - time) * (point.time - time)
        }
        return under > 0 ? over / under : .nan
    }
}

extension Double {
    fileprivate var orNaN: Double { isFinite ? self : .nan }
}
