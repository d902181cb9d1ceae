/// What came in the last so many milliseconds, in sixty parts of which the oldest goes when a new one begins: a window is up
/// to a sixtieth shorter than it is called. Times are of a clock that nobody sets.
struct SlidingWindow {
    static let parts = 60

    private let width: Int64
    private var sums = [Double](repeating: 0, count: parts)
    private var weights = [Double](repeating: 0, count: parts)
    /// The least and the greatest of each part; empty where nobody asks.
    private var minima: [Double] = []
    private var maxima: [Double] = []
    private var part = Int64.min
    private(set) var sum = 0.0
    private(set) var weight = 0.0

    init(milliseconds: Int64, keepsExtremes: Bool = false) {
        width = max(1, milliseconds / Int64(Self.parts))
        if keepsExtremes {
            minima = [Double](repeating: .infinity, count: Self.parts)
            maxima = [Double](repeating: -.infinity, count: Self.parts)
        }
    }

    var mean: Double { weight > 0 ? sum / weight : .nan }

    mutating func add(_ value: Double, weight added: Double = 1, at time: Int64) {
        advance(to: time)
        let place = Int(part % Int64(Self.parts))
        sums[place] += value * added
        weights[place] += added
        sum += value * added
        weight += added
        guard !minima.isEmpty else { return }
        minima[place] = min(minima[place], value)
        maxima[place] = max(maxima[place], value)
    }

    /// Forgets what is older than the window.
    mutating func advance(to time: Int64) {
        let number = time / width
        guard number != part else { return }
        if part == .min || number < part || number - part >= Int64(Self.parts) {
            clear()
            part = number
            return
        }
        while part < number {
            part += 1
            clear(Int(part % Int64(Self.parts)))
        }
        // Sums of what was added and taken away would drift.
        sum = sums.reduce(0, +)
        weight = weights.reduce(0, +)
    }

    private mutating func clear() {
        for place in 0..<Self.parts { clear(place) }
        sum = 0
        weight = 0
    }

    private mutating func clear(_ place: Int) {
        sums[place] = 0
        weights[place] = 0
        guard !minima.isEmpty else { return }
        minima[place] = .infinity
        maxima[place] = -.infinity
    }

    /// NaN where nothing came.
    var least: Double { minima.reduce(.infinity, min).orNaN }
    var greatest: Double { maxima.reduce(-.infinity, max).orNaN }

    /// The value below which a share of the parts' means lies; each part counts as one.
    func quantile(_ share: Double) -> Double {
        let means = zip(sums, weights).compactMap { $1 > 0 ? $0 / $1 : nil }.sorted()
        guard !means.isEmpty else { return .nan }
        let place = share * Double(means.count - 1)
        let below = Int(place)
        let above = min(below + 1, means.count - 1)
        return means[below] + (means[above] - means[below]) * (place - Double(below))
    }

    /// How much the value grows in a second, by least squares over the parts' means; NaN where they span less than `span`
    /// milliseconds.
    func slope(overAtLeast span: Int64) -> Double {
        var points: [(time: Double, value: Double)] = []
        for age in 0..<Int64(Self.parts) where part >= age {
            let place = Int((part - age) % Int64(Self.parts))
            if weights[place] > 0 {
                points.append((-Double(age * width) / 1000, sums[place] / weights[place]))
            }
        }
        guard let newest = points.first, let oldest = points.last,
            newest.time - oldest.time >= Double(span) / 1000
        else { return .nan }
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
