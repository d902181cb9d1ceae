import Telemetry

/// What a service answered lately, in six parts of which the last is being filled: the window is up to one part shorter.
///
/// Counts and durations of a part are whole, so what is worked out of them is exact for the time that they cover.
struct ServiceWindow: Sendable {
    private struct Part: Sendable {
        let number: Int64
        var milliseconds: Int64 = 0
        var requests = 0.0
        var clientErrors = 0.0
        var serverErrors = 0.0
        var durations = ExponentialHistogram()
    }

    private static let partsMax = 6
    private let partMilliseconds: Int64
    private var parts: [Part] = []

    init(seconds: Int64) {
        partMilliseconds = seconds * 1000 / Int64(Self.partsMax)
    }

    /// Goes on to a moment, `milliseconds` after the one before.
    mutating func advance(to time: Int64, by milliseconds: Int64) {
        let number = time / partMilliseconds
        // A clock that was set back: what seems to come is forgotten.
        parts.removeAll { $0.number > number || $0.number <= number &- Int64(Self.partsMax) }
        if parts.last?.number != number { parts.append(Part(number: number)) }
        let time = parts[parts.count - 1].milliseconds.addingReportingOverflow(max(0, milliseconds))
        parts[parts.count - 1].milliseconds = time.overflow ? .max : time.partialValue
    }

    mutating func add(requests: Double, code: String) {
        guard !parts.isEmpty else { return }
        let last = parts.count - 1
        parts[last].requests += requests
        switch code.utf8.first {
        case UInt8(ascii: "4"): parts[last].clientErrors += requests
        case UInt8(ascii: "5"): parts[last].serverErrors += requests
        default: break
        }
    }

    mutating func add(_ observed: ExponentialHistogram) {
        guard !parts.isEmpty else { return }
        parts[parts.count - 1].durations.merge(observed)
    }

    /// Requests, those answered 4xx and 5xx, and the seconds that they are of; nil where no time has passed.
    var counts: (requests: Double, clientErrors: Double, serverErrors: Double, seconds: Double)? {
        let milliseconds = parts.reduce(0.0) { $0 + Double($1.milliseconds) }
        guard milliseconds > 0 else { return nil }
        return (
            parts.reduce(0) { $0 + $1.requests }, parts.reduce(0) { $0 + $1.clientErrors },
            parts.reduce(0) { $0 + $1.serverErrors }, milliseconds / 1000
        )
    }

    var durations: ExponentialHistogram {
        parts.reduce(into: ExponentialHistogram()) { $0.merge($1.durations) }
    }
}
