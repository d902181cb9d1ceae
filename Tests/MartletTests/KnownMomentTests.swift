import Dashboard
import Fleet
import HubClient
import Telemetry
import Testing

@testable import martlet

/// What `martlet --at ID` opens, as the command of MARTLET_OPEN has it.
@Suite(.timeLimit(.minutes(1))) struct `The moment of an id` {
    private static func time(_ minute: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_785_594_000_000 + minute * 60_000)
    }

    private static func alert(_ id: String, _ labels: Labels, firedAt: Timestamp?) -> Alert {
        Alert(
            id: id, key: AlertKey("Rule", labels), severity: .critical,
            state: firedAt == nil ? .pending : .firing, since: time(1), firedAt: firedAt, valueText: "1",
            thresholdText: "0", summary: "", condition: "cpu > 0", runbook: "", hooks: [])
    }

    private static let board = AlertBoard(
        time: time(100),
        alerts: [
            alert("a41f", ["host": "web1", "mount": "/"], firedAt: time(3)),
            alert("b2c1", ["service": "shop"], firedAt: nil), alert("c0c0", [:], firedAt: time(5)),
        ])

    private static func event(_ kind: AlertEvent.Kind, _ id: String, _ minute: Int64, place: String)
        -> AlertEvent
    {
        AlertEvent(kind: kind, at: time(minute), id: id, subject: "Rule", place: place)
    }

    private static let events = [
        // The one that is open is shown as it is now.
        event(.firing, "a41f", 2, place: "web1 /"), event(.firing, "d1d1", 10, place: "web2 /"),
        event(.resolved, "d1d1", 12, place: "web2 /"), event(.late, "d1d1", 20, place: "web2 /"),
        event(.acknowledged, "d1d1", 21, place: "web2 /"), event(.firing, "e2e2", 30, place: "shop"),
    ]

    private static func mark(
        _ id: String, _ minute: Int64, hosts: [String] = [], service: String = "", link: String = ""
    ) -> Mark {
        Mark(id: id, at: time(minute), kind: .deploy, title: "x", service: service, hosts: hosts, link: link)
    }

    private static let marks = [
        mark("0a0a0a0a", 40, hosts: ["web1"]),
        mark("0b0b0b0b", 41, hosts: ["web1", "web2"], service: "shop"), mark("0c0c0c0c", 42),
        mark("0d0d0d0d", 43, hosts: ["web1"], link: "4f2a9c0011223344"),
        mark("0e0e0e0e", 44, hosts: ["web2"], link: "4f2a9c0011223344"),
    ]

    private static func find(_ id: String) async throws -> KnownMoment? {
        let hub = try await HubStandIn { line, _ in
            switch line {
            case "GET /v1/alerts": .json(board)
            case "GET /v1/alerts/events": .json(events)
            case "GET /v1/marks": .json(marks)
            case "GET /v1/hosts":
                .json(["web1", "web2"].map { HostSummary(host: $0, source: "ssh \($0)", state: .live) })
            default: nil
            }
        }
        let moment = try await KnownMoment.find(id, in: HubClient(socketPath: hub.socket))
        try await hub.end()
        return moment
    }

    @Test(
        arguments: [
            // Alerts that are open: since when they fire, or are about to.
            ("a41f", 3, ["web1"], .host), ("b2c1", 1, [], .traffic), ("c0c0", 5, [], .fleet),
            // Those that are over: when they began last, be it known late.
            ("d1d1", 20, ["web2"], .host), ("e2e2", 30, [], .traffic),
            // Marks, by as much of their id as somebody typed.
            ("0a0a0a0a", 40, ["web1"], .host), ("0b0b", 41, ["web1", "web2"], .traffic),
            ("0c0c0c0c", 42, [], .fleet),
            // A rollout: where it was last.
            ("4f2a9c0011223344", 44, ["web2"], .deploys),
        ] as [(String, Int64, [String], ScreenID)])
    func `is that of the alert, the mark or the rollout, with the hosts and the screen that show it`(
        _ id: String, _ minute: Int64, _ hosts: [String], _ screen: ScreenID
    ) async throws {
        #expect(KnownMoment.isID(id))
        let found = try await Self.find(id)
        let moment = try #require(found)
        #expect(moment.time == Self.time(minute))
        #expect(moment.hosts == hosts.map(HostID.init))
        #expect(moment.screen == screen)
    }

    @Test func `is none where the hub knows nothing of it`() async throws {
        let found = try await Self.find("ffff")
        #expect(found == nil)
        for word in ["10:05", "abc", "A41F", "-3m", "4f2a9c00112233445"] {
            #expect(!KnownMoment.isID(word), "\(word)")
        }
    }
}
