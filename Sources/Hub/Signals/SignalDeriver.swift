package import Fleet
package import Telemetry
package import Wire

/// Turns one host's raw series into its signals, tick by tick; pure.
///
/// A rate is the difference of a counter's last two samples over the difference of their own times; after a step
/// back, which is a restart of what counts, there is none. A signal has a value in a tick when all its
/// inputs were read in that tick.
package struct SignalDeriver: Sendable {
    /// One signal's value, in the catalogue's unit.
    package struct Reading: Sendable, Equatable {
        /// The signal's number; `signal(_:)` is its name.
        package let number: Int32
        package let value: Double
    }

    /// Where the sample of a raw series goes; the routes of one series are a list.
    private struct Route: Sendable {
        let subject: Int32
        let place: Int32
        let measure: SignalInput.Measure
        var next: Int32
        var lastValue = Double.nan
        var lastMilliseconds: Int64 = 0
        var growth = SignalGrowth()
    }

    private struct Subject: Sendable {
        let kind: Int32
        var name: String
        /// Its first input in `values`.
        let base: Int32
        /// The numbers of its signals, by formula; -1 for inner ones.
        var signals: [Int32]
        var weight: SubjectWeight
        var routes: Int32 = 0
        var isTouched = false
    }

    private struct SubjectName: Hashable, Sendable {
        let kind: Int
        let name: String
    }

    private struct Sum: Sendable {
        var count = 0.0
        var value = 0.0
        var isLost = false
        /// Of spare subjects, which count where no whole one has.
        var isSpare = false
    }

    private var numbers: SignalNumbers
    /// The first route by the session's series index; -1 for none.
    private var firstRoute: [Int32] = []
    private var routes: [Route] = []
    private var freeRoutes: [Int32] = []
    private var subjects: [Subject] = []
    /// Subjects without a series, by kind.
    private var freeSubjects: [[Int32]] = SignalTable.kinds.map { _ in [] }
    private var places: [SubjectName: Int32] = [:]
    /// The inputs of all subjects; NaN where this tick has not read one, `gap` where it was read and had no value.
    private var values: [Double] = []
    private static let gap = Double(bitPattern: UInt64(bitPattern: SampleScale.double.absent))
    /// Numbers of the signals that have no value because the last tick says that an input has none.
    package private(set) var lost: [Int32] = []
    private var touched: [Int32] = []
    private var coreCount = 0
    private var summaryNumbers: [Int32]
    private var summaries: [Sum]
    private var loadPerCore: Int32
    private var traffic = TrafficDeriver()

    /// More signals than a host with a thousand units has; what comes beyond is counted and left out.
    package static let signalsMax = 16_384

    package init(signalsMax: Int = Self.signalsMax) {
        numbers = SignalNumbers(max: signalsMax)
        summaries = SignalTable.summaries.map { _ in Sum() }
        summaryNumbers = SignalTable.summaries.map { _ in -1 }
        loadPerCore = -1
        for place in SignalTable.summaries.indices {
            summaryNumbers[place] = numbers.take(SignalKey(SignalTable.summaries[place].signal)) ?? -1
        }
        loadPerCore = numbers.take(SignalKey(SignalTable.loadPerCore)) ?? -1
    }

    /// The signals by number; nil where a number is free.
    package var signals: [SignalKey?] { numbers.keys }

    /// Whether the number's signal is of something that the host has now.
    func isUsed(_ number: Int32) -> Bool { numbers.isUsed(number) }

    package func number(of signal: SignalKey) -> Int32? { numbers.number(of: signal) }

    /// Numbers that mean another signal, or none, since the last call.
    package mutating func takeRecycled() -> [Int32] { numbers.takeRecycled() }

    /// Signals that were left out because a host had too many.
    package var refusedSignals: UInt64 { numbers.refused }

    /// The source began anew: its series are gone, its signals keep their numbers.
    package mutating func beginSession() {
        for index in firstRoute.indices { retire(Int32(index)) }
    }

    package mutating func define(_ index: Int32, _ key: SeriesKey) {
        define(index, SeriesDefinition(key, .untyped))
    }

    package mutating func define(_ index: Int32, _ definition: SeriesDefinition) {
        guard index >= 0 else { return }
        retire(index)
        let key = definition.key
        traffic.define(index, definition, &numbers)
        while firstRoute.count <= Int(index) { firstRoute.append(-1) }
        for (kind, input) in SignalPlan.inputs[key.name] ?? [] {
            if let match = input.match, key.labels[match.name] != match.value { continue }
            let name = SignalTable.kinds[kind].label.map { key.labels[$0] ?? "" } ?? ""
            let subject = place(kind, name)
            subjects[Int(subject)].routes += 1
            let route = Route(
                subject: subject, place: subjects[Int(subject)].base + Int32(input.input),
                measure: input.measure,
                next: firstRoute[Int(index)])
            if let free = freeRoutes.popLast() {
                routes[Int(free)] = route
                firstRoute[Int(index)] = free
            } else {
                firstRoute[Int(index)] = Int32(routes.count)
                routes.append(route)
            }
        }
    }

    package mutating func retire(_ index: Int32) {
        guard firstRoute.indices.contains(Int(index)) else { return }
        var next = firstRoute[Int(index)]
        while next >= 0 {
            let route = routes[Int(next)]
            values[Int(route.place)] = .nan
            subjects[Int(route.subject)].routes -= 1
            if subjects[Int(route.subject)].routes == 0 { release(route.subject) }
            freeRoutes.append(next)
            next = route.next
        }
        firstRoute[Int(index)] = -1
        traffic.retire(index, &numbers)
    }

    /// The signals that this tick gives.
    package mutating func readings(_ tick: Tick) -> [Reading] {
        lost.removeAll(keepingCapacity: true)
        guard !tick.isLate else {
            // What is late is of logs.
            var readings: [Reading] = []
            traffic.read(tick, into: &readings)
            return readings
        }
        for sample in tick.samples where firstRoute.indices.contains(Int(sample.index)) {
            var next = firstRoute[Int(sample.index)]
            while next >= 0 {
                take(sample.value, tick.time.milliseconds &+ Int64(sample.ageMilliseconds), Int(next))
                next = routes[Int(next)].next
            }
        }
        takeGaps(tick)
        for place in summaries.indices { summaries[place] = Sum() }
        var readings: [Reading] = []
        readings.reserveCapacity(touched.count * 8)
        for place in touched { evaluate(Int(place), into: &readings) }
        touched.removeAll(keepingCapacity: true)
        for (place, summary) in SignalTable.summaries.enumerated() {
            let sum = summaries[place]
            guard sum.count > 0 else {
                if sum.isLost { lost.append(summaryNumbers[place]) }
                continue
            }
            add(
                summaryNumbers[place], summary.operation == .average ? sum.value / sum.count : sum.value,
                to: &readings)
        }
        traffic.read(tick, into: &readings)
        return readings
    }

    /// Signals whose series began at zero in the last tick, and since when zeros were true of them.
    var begun: [(number: Int32, since: Timestamp)] { traffic.begun }

    /// Rates that begin with the last tick, which says nothing of what was before it.
    var opened: [Int32] { traffic.opened }

    /// Counters of logs that began at zero since the tick before, by the session's index.
    var newCounters: Set<Int32> { traffic.newCounters }

    /// States of histograms that were left out for what they held.
    package var refusedHistograms: UInt64 { traffic.refusedHistograms }

    /// What a histogram's state in the last tick says.
    mutating func step(_ index: Int32, _ state: ExponentialHistogram) -> TrafficDeriver.Step {
        traffic.take(state, index)
    }

    /// The services' signals over their windows, once the last tick's histograms have come.
    mutating func serviceReadings() -> [Reading] {
        var readings: [Reading] = []
        traffic.summarize(&numbers, into: &readings)
        return readings
    }

    private mutating func take(_ value: Double, _ time: Int64, _ place: Int) {
        let subject = Int(routes[place].subject)
        touch(subject)
        let input = Int(routes[place].place)
        let last = routes[place].lastValue
        switch routes[place].measure {
        case .value:
            values[input] = value
            return
        case .rate:
            let passed = Double(time &- routes[place].lastMilliseconds) / 1000
            values[input] = value >= last && passed > 0 ? (value - last) / passed : .nan
        case .increase:
            // What counts began anew: all that it has counted since is new.
            let amount = last.isNaN ? 0 : value >= last ? value - last : value
            values[input] = routes[place].growth.sum(adding: amount, at: Timestamp(milliseconds: time))
        }
        routes[place].lastValue = value
        routes[place].lastMilliseconds = time
    }

    /// Behind the samples: what two series tell of has a value while one of them does.
    private mutating func takeGaps(_ tick: Tick) {
        for index in tick.gaps where firstRoute.indices.contains(Int(index)) {
            var next = firstRoute[Int(index)]
            while next >= 0 {
                let route = routes[Int(next)]
                touch(Int(route.subject))
                if values[Int(route.place)].isNaN { values[Int(route.place)] = Self.gap }
                next = route.next
            }
        }
    }

    private mutating func touch(_ subject: Int) {
        guard !subjects[subject].isTouched else { return }
        subjects[subject].isTouched = true
        touched.append(Int32(subject))
    }

    private mutating func evaluate(_ place: Int, into readings: inout [Reading]) {
        subjects[place].isTouched = false
        guard subjects[place].routes > 0 else { return }
        let kind = Int(subjects[place].kind)
        let base = Int(subjects[place].base)
        let inputs = base..<base + SignalTable.kinds[kind].inputCount
        let formulas = SignalPlan.formulas[kind]
        let isLeftOut = SignalTable.kinds[kind].exclusion.map { values[base + $0] == 1 } ?? false
        for number in formulas.indices {
            let formula = formulas[number].formula
            guard !isLeftOut, formula.inputs.allSatisfy({ !values[base + $0].isNaN }) else {
                noteLost(place, number, formulas[number], isLeftOut: isLeftOut)
                continue
            }
            let value = formula.value(values.span.extracting(inputs))
            guard value.isFinite else { continue }
            for summary in formulas[number].summaries { sum(value, subjects[place].weight, summary) }
            guard !formulas[number].isInner else { continue }
            add(subjects[place].signals[number], value, to: &readings)
            if formulas[number].feedsLoadPerCore, coreCount > 0 {
                add(loadPerCore, value / Double(coreCount), to: &readings)
            }
        }
        // Inputs that are not read in the next tick have no value then.
        for input in inputs { values[input] = .nan }
    }

    /// A formula that has no value: for want of an input that this tick read in vain, or of one that it did not read, or as its
    /// subject is left out.
    private mutating func noteLost(
        _ place: Int, _ number: Int, _ plan: SignalPlan.Formula, isLeftOut: Bool
    ) {
        let base = Int(subjects[place].base)
        let isLost =
            isLeftOut
            || plan.formula.inputs.contains { values[base + $0].bitPattern == Self.gap.bitPattern }
        guard isLost else { return }
        if subjects[place].weight != .none {
            for summary in plan.summaries { summaries[summary].isLost = true }
        }
        if !plan.isInner { lost.append(subjects[place].signals[number]) }
        if plan.feedsLoadPerCore { lost.append(loadPerCore) }
    }

    private func add(_ number: Int32, _ value: Double, to readings: inout [Reading]) {
        guard number >= 0, value.isFinite else { return }
        readings.append(Reading(number: number, value: value))
    }

    private mutating func sum(_ value: Double, _ weight: SubjectWeight, _ place: Int) {
        guard weight != .none else { return }
        let isSpare = weight == .spare
        if summaries[place].count > 0, summaries[place].isSpare != isSpare {
            guard !isSpare else { return }
            summaries[place] = Sum()
        }
        summaries[place].isSpare = isSpare
        switch SignalTable.summaries[place].operation {
        case .average, .sum: summaries[place].value += value
        case .maximum:
            summaries[place].value =
                summaries[place].count == 0 ? value : max(summaries[place].value, value)
        }
        summaries[place].count += 1
    }

    // MARK: Subjects

    private mutating func place(_ kind: Int, _ name: String) -> Int32 {
        let known = SubjectName(kind: kind, name: name)
        if let place = places[known] { return place }
        if kind == SignalPlan.cpuKind { coreCount += 1 }
        let table = SignalTable.kinds[kind]
        let labels: Labels = table.label == nil ? [:] : [table.signalLabel: name]
        var signals: [Int32] = []
        for formula in SignalPlan.formulas[kind] {
            let number = formula.isInner ? nil : numbers.take(SignalKey(formula.formula.signal, labels))
            signals.append(number ?? -1)
        }
        let place: Int32
        if let free = freeSubjects[kind].popLast() {
            place = free
            subjects[Int(place)].name = name
            subjects[Int(place)].signals = signals
            subjects[Int(place)].weight = table.weight(name)
        } else {
            place = Int32(subjects.count)
            subjects.append(
                Subject(
                    kind: Int32(kind), name: name, base: Int32(values.count), signals: signals,
                    weight: table.weight(name)))
            values.append(contentsOf: repeatElement(.nan, count: table.inputCount))
        }
        places[known] = place
        return place
    }

    private mutating func release(_ place: Int32) {
        let subject = subjects[Int(place)]
        let kind = Int(subject.kind)
        if kind == SignalPlan.cpuKind { coreCount -= 1 }
        places[SubjectName(kind: kind, name: subject.name)] = nil
        for number in subject.signals where number >= 0 { numbers.release(number) }
        subjects[Int(place)].signals = []
        freeSubjects[kind].append(place)
    }
}
