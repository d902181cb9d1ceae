import Fleet
import Telemetry
import TestSupport
import Testing

@testable import Dashboard

/// The columns FLAP and 24h.
@Suite struct `The last day of an alert` {
    private static let now = FixtureHost.noon

    private static func alert(minutes: Int64) -> Alert {
        FixtureAlerts.alert("b2c1", "DiskFull", ["host": "db1", "mount": "/"], minutes: minutes)
    }

    private static func event(
        _ kind: AlertEvent.Kind, hoursAgo: Double, until: Double? = nil, place: String = "db1 /"
    ) -> AlertEvent {
        func time(_ hours: Double) -> Timestamp {
            now.advanced(byMilliseconds: -Int64(hours * 3_600_000))
        }
        return AlertEvent(
            kind: kind, at: time(hoursAgo), until: until.map(time), id: "b2c1", subject: "DiskFull",
            place: place)
    }

    private static func cells(_ events: [AlertEvent], firingForMinutes minutes: Int64 = 0) -> [Double] {
        AlertDay.cells(of: alert(minutes: minutes), AlertBoard(time: now, events: events), now: now)
    }

    /// What differs from an hour in which it did not fire.
    private static func hours(_ cells: [Double]) -> [Int: Double] {
        Dictionary(uniqueKeysWithValues: cells.enumerated().filter { $1 != 0 }.map { ($0, $1) })
    }

    @Test func `has the share of each hour in which it fired, and a little of a moment`() {
        let cells = Self.cells(
            [
                Self.event(.firing, hoursAgo: 14.01), Self.event(.resolved, hoursAgo: 14),
                Self.event(.firing, hoursAgo: 9), Self.event(.acknowledged, hoursAgo: 8.5),
                Self.event(.resolved, hoursAgo: 7.5), Self.event(.firing, hoursAgo: 1.5),
            ], firingForMinutes: 90)
        #expect(cells.count == 24)
        #expect(Self.hours(cells) == [9: 0.2, 15: 1, 16: 0.5, 22: 0.5, 23: 1])
    }

    @Test func `begins with the day where no beginning is known, and has what was told late`() {
        let cells = Self.cells([
            Self.event(.resolved, hoursAgo: 22), Self.event(.late, hoursAgo: 5, until: 4.5),
            Self.event(.firing, hoursAgo: 3, place: "db2 /"),
            Self.event(.resolved, hoursAgo: 2, place: "db2 /"), Self.event(.firing, hoursAgo: 0),
        ])
        #expect(Self.hours(cells) == [0: 1, 1: 1, 19: 0.5])
    }

    @Test func `is a gap before the oldest event of a board that had room for no more`() {
        // Of a noisy neighbour, one each minute from half past ten hours ago.
        let noise = (0..<AlertBoard.eventsMax).map {
            Self.event(.note, hoursAgo: 10.5 - Double($0) / 60, place: "db2 /")
        }
        #expect(Self.cells(Array(noise.dropFirst())).allSatisfy { $0 == 0 }, "nothing was left out")
        let quiet = Self.cells(noise + [Self.event(.firing, hoursAgo: 0)])
        #expect(quiet[..<13].allSatisfy(\.isNaN) && quiet[13...].allSatisfy { $0 == 0 })
        // Since when it fires is known though its event is gone; so is that it fired when the first one came.
        let firing = Self.cells(noise, firingForMinutes: 12 * 60)
        #expect(firing[..<12].allSatisfy(\.isNaN) && firing[12...].allSatisfy { $0 == 1 })
        let ended = Self.cells(
            noise + [Self.event(.resolved, hoursAgo: 2), Self.event(.firing, hoursAgo: 0)])
        #expect(ended[..<13].allSatisfy(\.isNaN) && ended[13] == 0.5 && ended[14] == 1 && ended[22] == 0)
    }

    @Test func `counts how often it began again, for itself alone`() {
        let alert = Self.alert(minutes: 3)
        func flaps(_ events: [AlertEvent]) -> Int {
            AlertOrder(
                AlertBoard(time: Self.now, alerts: [alert], events: events), isGrouped: false, folded: [],
                matches: { _ in true }
            ).flaps(of: alert)
        }
        #expect(flaps([]) == 0)
        #expect(flaps([Self.event(.firing, hoursAgo: 1)]) == 0)
        #expect(
            flaps([
                Self.event(.firing, hoursAgo: 9), Self.event(.resolved, hoursAgo: 8),
                Self.event(.late, hoursAgo: 7, until: 6), Self.event(.firing, hoursAgo: 5),
                Self.event(.firing, hoursAgo: 4, place: "db2 /"), Self.event(.firing, hoursAgo: 1),
            ]) == 2)
    }
}
