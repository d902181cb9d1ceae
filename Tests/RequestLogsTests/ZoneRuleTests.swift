import Foundation
import RequestLogs
import Testing

/// Zones, as their files tell them: the distance from UTC at any time, summers among them.
@Suite struct `A zone` {
    private static let names = [
        "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "Asia/Kolkata",
        "Australia/Sydney", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Chatham",
        "Europe/Dublin", "America/Nuuk", "Asia/Gaza", "Antarctica/Troll",
    ]

    private static func file(_ name: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)"))).map { [UInt8]($0) }
    }

    @Test(arguments: names)
    func `is as far from UTC as the C library says, at any time`(_ name: String) throws {
        guard let file = Self.file(name), let zone = TimeZone(identifier: name) else {
            print("skipped: this machine has no \(name)")
            return
        }
        let rules = try #require(ZoneRules(file))
        // Each eleven hours from 1970 to 2065.
        for time in stride(from: Int64(0), to: 3_000_000_000, by: 39_600) {
            let here = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
            guard rules.secondsEast(at: time) == Int64(here) else {
                Issue.record("\(name) at \(time): \(rules.secondsEast(at: time)), not \(here)")
                return
            }
        }
    }

    @Test func `is told by the clock on the wall`() throws {
        guard let file = Self.file("Europe/Berlin") else {
            print("skipped: this machine has no zones")
            return
        }
        let berlin = try #require(ZoneRules(file))
        var clock = LogClock()
        clock.zone = berlin
        let rows = [
            ("2026-01-10 12:00:00", "2026-01-10 11:00:00"), ("2026-07-10 12:00:00", "2026-07-10 10:00:00"),
            ("2026-03-29 01:59:59", "2026-03-29 00:59:59"), ("2026-03-29 03:00:00", "2026-03-29 01:00:00"),
            // Left out, and twice.
            ("2026-03-29 02:30:00", "2026-03-29 01:30:00"), ("2026-10-25 02:30:00", "2026-10-25 00:30:00"),
            ("2026-10-25 03:00:00", "2026-10-25 02:00:00"), ("1999-07-10 12:00:00", "1999-07-10 10:00:00"),
        ]
        for (local, universal) in rows {
            let line = Array("\(local)|\(universal) UTC".utf8)
            let time = clock.milliseconds(line.span, ByteRange(start: 0, end: 19), .iso)
            #expect(time == clock.milliseconds(line.span, ByteRange(start: 20, end: 43), .iso), "\(local)")
        }
    }

    @Test func `is refused where its file is damaged, and never traps`() throws {
        let file = Self.file("Europe/Berlin") ?? Array("TZif2".utf8) + [UInt8](repeating: 0, count: 200)
        #expect(ZoneRules([]) == nil)
        var seed: UInt64 = 3
        for length in stride(from: 0, to: file.count, by: 7) { _ = ZoneRules(Array(file[..<length])) }
        for _ in 0..<2000 {
            var bytes = file
            for _ in 0..<4 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int((seed >> 33) % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            _ = ZoneRules(bytes)?.secondsEast(atLocal: Int64(bitPattern: seed) >> 28)
        }
    }
}
