import Telemetry
import Wire

/// The series of node_exporter's systemd collector, and their slots.
struct SystemdSeries {
    private struct Row {
        var type: String
        /// Of the states, in their order.
        var states: [Int]
        var restarts = -1
        var accepted = -1
        var connections = -1
        var refused = -1
        var lastTrigger = -1
        var round: UInt64 = 0

        var all: [Int] {
            states + [restarts, accepted, connections, refused, lastTrigger].filter { $0 >= 0 }
        }
    }

    private static let states = ["active", "activating", "deactivating", "inactive", "failed"]

    private var rows: [String: Row] = [:]
    /// node_systemd_units by state, then system_running.
    private var sums: [Int] = []
    private var version: (text: String, slot: Int)?
    private var leftOutSlot = -1
    private var round: UInt64 = 0

    mutating func show(_ found: SystemdRound, _ readings: inout Readings) {
        show(found.units, &readings)
        showSums(found, &readings)
        showVersion(found.version, &readings)
        if leftOutSlot < 0, found.leftOut > 0 {
            leftOutSlot = readings.define(SeriesDefinition(SeriesKey("martlet_agent_units_left_out"), .gauge))
        }
        if leftOutSlot >= 0 { readings[leftOutSlot] = Int64(found.leftOut) }
    }

    /// The units, and nothing of systemd itself.
    mutating func show(_ units: [SystemdUnit], _ readings: inout Readings) {
        round += 1
        for unit in units where unit.isShown { show(unit, &readings) }
        let gone = rows.filter { $0.value.round != round }
        for (name, row) in gone {
            for slot in row.all { readings.retire(slot) }
            rows[name] = nil
        }
    }

    private mutating func show(_ unit: SystemdUnit, _ readings: inout Readings) {
        var row: Row
        if let known = rows[unit.name], known.type == unit.type {
            row = known
        } else {
            for slot in rows[unit.name]?.all ?? [] { readings.retire(slot) }
            row = Row(
                type: unit.type,
                states: Self.states.map { state in
                    readings.define(
                        SeriesDefinition(
                            SeriesKey(
                                "node_systemd_unit_state",
                                ["name": unit.name, "state": state, "type": unit.type]),
                            .gauge))
                })
        }
        // Two entries of one name would be one series.
        guard row.round != round else { return }
        row.round = round
        for (place, state) in Self.states.enumerated() {
            readings[row.states[place]] = unit.activeState == state ? 1 : 0
        }
        let name: Labels = ["name": unit.name]
        func one(
            _ slot: inout Int, _ value: Int64?, _ metric: String, _ type: MetricType, _ scale: SampleScale
        ) {
            guard slot >= 0 || value != nil else { return }
            if slot < 0 { slot = readings.define(SeriesDefinition(SeriesKey(metric, name), type, scale)) }
            readings[slot] = value ?? scale.absent
        }
        one(&row.restarts, unit.restarts, "node_systemd_service_restart_total", .counter, .one)
        one(&row.accepted, unit.accepted, "node_systemd_socket_accepted_connections_total", .counter, .one)
        one(&row.connections, unit.connections, "node_systemd_socket_current_connections", .gauge, .one)
        one(&row.refused, unit.refused, "node_systemd_socket_refused_connections_total", .gauge, .one)
        one(
            &row.lastTrigger, unit.lastTrigger, "node_systemd_timer_last_trigger_seconds", .gauge,
            .ratio(multiplier: 1, divisor: 1_000_000))
        rows[unit.name] = row
    }

    private mutating func showSums(_ found: SystemdRound, _ readings: inout Readings) {
        if sums.isEmpty {
            sums = Self.states.map {
                readings.define(SeriesDefinition(SeriesKey("node_systemd_units", ["state": $0]), .gauge))
            }
            sums.append(readings.define(SeriesDefinition(SeriesKey("node_systemd_system_running"), .gauge)))
        }
        for (place, state) in Self.states.enumerated() {
            readings[sums[place]] = Int64(found.units.count { $0.activeState == state })
        }
        readings[sums[Self.states.count]] = found.systemState == "running" ? 1 : 0
    }

    /// node_exporter gives the number at the start of the version as the value: 252.5 of `252.5-2~deb12u1`.
    private mutating func showVersion(_ text: String, _ readings: inout Readings) {
        guard version?.text != text else { return }
        if let version { readings.retire(version.slot) }
        version = nil
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        func digits(_ part: Substring) -> Substring { part.prefix { ("0"..."9").contains($0) } }
        guard let first = parts.first.map(digits), let whole = Double(String(first)) else { return }
        var value = whole
        if first.count == parts[0].count, parts.count == 2, let fraction = Double("0.\(digits(parts[1]))") {
            value += fraction
        }
        let slot = readings.define(
            SeriesDefinition(SeriesKey("node_systemd_version", ["version": text]), .gauge, .double))
        readings[slot] = Int64(bitPattern: value.bitPattern)
        version = (text, slot)
    }
}
