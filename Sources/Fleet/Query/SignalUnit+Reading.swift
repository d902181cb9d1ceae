/// How numbers of a unit are written in queries and rules.
extension SignalUnit {
    /// With its article, for messages.
    package var phrase: String {
        switch self {
        case .ratio: "a ratio"
        case .bytes: "a size"
        case .bytesPerSecond: "a size a second"
        case .perSecond: "a rate"
        case .count: "a count"
        case .seconds: "a duration"
        case .number: "a number"
        case .celsius: "a temperature"
        case .flag: "0 or 1"
        }
    }

    /// A whole number of it, for messages.
    package var example: String {
        switch self {
        case .ratio: "90%"
        case .bytes: "2GiB"
        case .bytesPerSecond: "10MB/s"
        case .perSecond: "5/s"
        case .count: "3"
        case .seconds: "10m"
        case .number: "4"
        case .celsius: "85C"
        case .flag: "1"
        }
    }

    /// The unit to write where none was.
    var usual: String {
        switch self {
        case .ratio: "%"
        case .bytes: "GiB"
        case .bytesPerSecond: "MB/s"
        case .perSecond: "/s"
        case .seconds: "m"
        case .celsius: "C"
        case .count, .number, .flag: ""
        }
    }

    /// The units that may follow a number, the usual ones first; `""` where none does.
    package var spellings: [String] {
        spelled.map(\.unit)
    }

    /// What one of `unit` is in the signal's own unit; nil where the unit is another thing's.
    func factor(of unit: String) -> Double? {
        spelled.first { $0.unit == unit }?.factor
    }

    /// The spelling that differs from `unit` in upper and lower case only, or that it begins, as `G` does `GiB`.
    func spelling(of unit: String) -> String? {
        let wanted = unit.lowercased()
        let known = spelled.map(\.unit).filter { !$0.isEmpty }
        return known.first { $0.lowercased() == wanted } ?? known.first { $0.lowercased().hasPrefix(wanted) }
    }

    private var spelled: [(unit: String, factor: Double)] {
        switch self {
        case .ratio: [("%", 0.01)]
        case .bytes: Self.sizes
        case .bytesPerSecond: Self.sizes.map { ("\($0.unit)/s", $0.factor) }
        case .perSecond: [("/s", 1), ("/min", 1.0 / 60), ("/h", 1.0 / 3600)]
        case .seconds:
            [
                ("m", 60), ("s", 1), ("ms", 0.001), ("h", 3600), ("d", 86_400), ("w", 604_800),
                ("us", 0.000_001), ("ns", 0.000_000_001),
            ]
        case .celsius: [("C", 1)]
        case .count, .number, .flag: [("", 1)]
        }
    }

    private static let sizes: [(unit: String, factor: Double)] = [
        ("GiB", 1_073_741_824), ("MiB", 1_048_576), ("KiB", 1024), ("TiB", 1_099_511_627_776),
        ("PiB", 1_125_899_906_842_624), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("KB", 1e3), ("TB", 1e12),
        ("PB", 1e15),
        ("B", 1),
    ]
}
