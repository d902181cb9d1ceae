package import Fleet
package import Telemetry
package import Wire

/// Turns one host's raw series into its signals, tick by tick; pure.
///
/// A rate is the difference of a counter's last two samples over the difference of their own times; after a step
/// back, which is a restart of what counts, there is none. A signal has a value in a tick when all its
/// inputs were read in that tick.
package struct SignalDeriver: Sendable {
    package struct Reading: Sendable, Equatable {
        package let signal: SignalKey
        package let value: Double
    }

    /// Where the sample with this index goes.
    private struct Route: Sendable {
        let subject: Int
        let input: Int
        let isRate: Bool
        var lastValue = Double.nan
        var lastMilliseconds: Int64 = 0
    }

    private struct Subject: Sendable {
        let kind: Int
        let name: String
        let keys: [SignalKey]
        var values: [Double]
        var routes = 0
        var wasRead = false
    }

    private var routes: [[Route]] = []
    private var subjects: [Subject?] = []
    private var places: [SubjectName: Int] = [:]
    private var summaryKeys: [SignalKey] = SignalTable.summaries.map { SignalKey($0.signal) }
    private var coreCount = 0

    private struct SubjectName: Hashable, Sendable {
        let kind: Int
        let name: String
    }

    /// What feeds what, by metric name; one metric may feed several kinds.
    private static let inputs: [String: [(kind: Int, input: SignalInput)]] = {
        var found: [String: [(kind: Int, input: SignalInput)]] = [:]
        for (place, kind) in SignalTable.kinds.enumerated() {
            for input in kind.inputs { found[input.metric, default: []].append((place, input)) }
        }
        return found
    }()

    package init() {}

    package mutating func define(_ index: Int32, _ key: SeriesKey) {
        retire(index)
        while routes.count <= Int(index) { routes.append([]) }
        for (kind, input) in Self.inputs[key.name] ?? [] {
            if let match = input.match, key.labels[match.name] != match.value { continue }
            let name = SignalTable.kinds[kind].label.map { key.labels[$0] ?? "" } ?? ""
            let subject = place(kind, name)
            subjects[subject]?.routes += 1
            routes[Int(index)].append(Route(subject: subject, input: input.input, isRate: input.isRate))
        }
    }

    package mutating func retire(_ index: Int32) {
        guard routes.indices.contains(Int(index)) else { return }
        for route in routes[Int(index)] {
            subjects[route.subject]?.routes -= 1
            subjects[route.subject]?.values[route.input] = .nan
            if let subject = subjects[route.subject], subject.routes == 0 {
                places[SubjectName(kind: subject.kind, name: subject.name)] = nil
                subjects[route.subject] = nil
            }
        }
        routes[Int(index)] = []
    }

    /// The signals that this tick gives.
    package mutating func readings(_ tick: Tick) -> [Reading] {
        for sample in tick.samples where Int(sample.index) < routes.count {
            let time = tick.time.milliseconds &+ Int64(sample.ageMilliseconds)
            for place in routes[Int(sample.index)].indices {
                take(sample.value, time, Int(sample.index), place)
            }
        }
        var readings: [Reading] = []
        readings.reserveCapacity(128)
        var summaries = SignalTable.summaries.map { _ in (count: 0.0, value: 0.0) }
        for place in subjects.indices where subjects[place]?.wasRead == true {
            evaluate(place, into: &readings, &summaries)
        }
        for (place, summary) in SignalTable.summaries.enumerated() where summaries[place].count > 0 {
            let value =
                summary.operation == .average
                ? summaries[place].value / summaries[place].count : summaries[place].value
            readings.append(Reading(signal: summaryKeys[place], value: value))
        }
        addLoadPerCore(&readings)
        return readings
    }

    private mutating func take(_ value: Double, _ time: Int64, _ index: Int, _ place: Int) {
        let route = routes[index][place]
        subjects[route.subject]?.wasRead = true
        guard route.isRate else {
            subjects[route.subject]?.values[route.input] = value
            return
        }
        let passed = Double(time &- route.lastMilliseconds) / 1000
        let isStep = value >= route.lastValue && passed > 0
        subjects[route.subject]?.values[route.input] = isStep ? (value - route.lastValue) / passed : .nan
        routes[index][place].lastValue = value
        routes[index][place].lastMilliseconds = time
    }

    private mutating func evaluate(
        _ place: Int, into readings: inout [Reading], _ summaries: inout [(count: Double, value: Double)]
    ) {
        guard let subject = subjects[place] else { return }
        let kind = SignalTable.kinds[subject.kind]
        for (number, formula) in kind.formulas.enumerated() {
            guard formula.inputs.allSatisfy({ !subject.values[$0].isNaN }) else { continue }
            let value = formula.value(subject.values)
            guard !value.isNaN else { continue }
            for (order, summary) in SignalTable.summaries.enumerated() where summary.of == formula.signal {
                Self.add(value, summary.operation, to: &summaries[order])
            }
            if !SignalTable.inner.contains(formula.signal) {
                readings.append(Reading(signal: subject.keys[number], value: value))
            }
        }
        // Inputs that are not read in the next tick have no value then.
        for input in subject.values.indices { subjects[place]?.values[input] = .nan }
        subjects[place]?.wasRead = false
        if kind.label == "cpu" { coreCount = subjects.count { $0?.kind == subject.kind } }
    }

    private static func add(
        _ value: Double, _ operation: SignalSummary.Operation,
        to summary: inout (count: Double, value: Double)
    ) {
        switch operation {
        case .average, .sum: summary.value += value
        case .maximum: summary.value = summary.count == 0 ? value : max(summary.value, value)
        }
        summary.count += 1
    }

    /// The only signal over two kinds of subjects: the load over the number of CPUs.
    private func addLoadPerCore(_ readings: inout [Reading]) {
        guard coreCount > 0, let load = readings.first(where: { $0.signal.name == "load.5" }) else { return }
        readings.append(Reading(signal: SignalKey("load.per_core"), value: load.value / Double(coreCount)))
    }

    private mutating func place(_ kind: Int, _ name: String) -> Int {
        let known = SubjectName(kind: kind, name: name)
        if let place = places[known] { return place }
        let table = SignalTable.kinds[kind]
        let labels: Labels = table.label == nil ? [:] : [table.signalLabel: name]
        let subject = Subject(
            kind: kind, name: name, keys: table.formulas.map { SignalKey($0.signal, labels) },
            values: Array(repeating: .nan, count: table.inputCount))
        let free = subjects.firstIndex { $0 == nil }
        let place = free ?? subjects.count
        if free == nil { subjects.append(subject) } else { subjects[place] = subject }
        places[known] = place
        return place
    }
}
