import Dashboard
import Fleet
import HubClient
import Telemetry

/// When and where something happened that has an id: an alert, as MARTLET_OPEN names it, or a mark on the charts.
struct KnownMoment: Sendable {
    let time: Timestamp
    /// The hosts that it is about; none where that is a service, or all.
    let hosts: [HostID]
    let screen: ScreenID

    /// How far back ended alerts are looked for: as long as the journal keeps them.
    private static let reachMilliseconds: Int64 = 90 * 86_400_000
    private static let digits = 4...16

    /// Whether a text may be an id: hexadecimal digits, as `martlet alerts` and `martlet mark` print them.
    static func isID(_ text: String) -> Bool {
        digits.contains(text.utf8.count) && text.utf8.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// An open alert, else the last thing that happened to one that is over, else a mark, or the last one of a rollout.
    static func find(_ id: String, in client: HubClient) async throws -> KnownMoment? {
        let board = try await client.alerts()
        if let alert = board.alerts.first(where: { $0.id.hasPrefix(id) }) {
            return KnownMoment(alert.firedAt ?? alert.since, place: alert.host, service: alert.service)
        }
        let from = board.time.advanced(byMilliseconds: -reachMilliseconds)
        let to = board.time.advanced(byMilliseconds: 60_000)
        let events = try await client.alertEvents(from: from, to: to)
        if let event = events.last(where: { $0.id == id && ($0.kind == .firing || $0.kind == .late) }) {
            let known = try await client.hosts().map(\.host)
            let host = event.place.split(separator: " ").first.map(String.init)
            return KnownMoment(event.at, place: host.flatMap { known.contains($0) ? $0 : nil }, service: host)
        }
        let marks = try await client.marks(from: from, to: to)
        if let mark = marks.last(where: { $0.id.hasPrefix(id) }) {
            return KnownMoment(
                time: mark.at, hosts: mark.hosts.map(HostID.init),
                screen: mark.hosts.count == 1 ? .host : mark.service.isEmpty ? .fleet : .traffic)
        }
        return marks.last { $0.link == id }.map { mark in
            KnownMoment(time: mark.at, hosts: mark.hosts.map(HostID.init), screen: .deploys)
        }
    }

    private init(_ time: Timestamp, place host: String?, service: String?) {
        self.init(
            time: time, hosts: host.map { [HostID($0)] } ?? [],
            screen: host != nil ? .host : service != nil ? .traffic : .fleet)
    }

    private init(time: Timestamp, hosts: [HostID], screen: ScreenID) {
        self.time = time
        self.hosts = hosts
        self.screen = screen
    }
}

/// An option names what the hub does not know.
struct UnknownMoment: Error, CustomStringConvertible {
    let id: String
    let option: String

    var description: String {
        "\(option): the hub knows no alert, mark or rollout \(id); see martlet alerts, mark list and rollout list"
    }
}
