import Canvas
import Dashboard
import Fleet
import Foundation
import Telemetry
import TestSupport
import Testing

/// Operators-contract 4.3: the Traffic screen's empty state shows the first lines that did not fit, a caret under the first
/// character that did not, and the nearest formats.
@Suite struct `A log in an unknown form` {
    private static let line = "2030-01-02 GET /cart -> OK in 12ms"

    private static func stage(
        _ text: String = line, fit: Int = 24, nearest: String = "nginx:combined 12,json", width: Int = 120,
        height: Int = 36, isIdle: Bool = false
    ) -> Stage {
        var stage = Stage(
            Dashboard.Options(screen: .traffic, usesUTC: true), width: width, height: height)
        let host = HostID("web1")
        let labels: Labels = ["service": "shop"]
        let time = stage.now.advanced(byMilliseconds: -5000)
        stage.tell([
            .hosts([HostSummary(host: "web1", source: "ssh web1", state: .live)]),
            .define(index: 0, host: host, signal: SignalKey("log.unparsed_ratio", labels)),
            .define(index: 1, host: host, signal: SignalKey("log.files", labels)),
            .define(index: 2, host: host, signal: SignalKey("log.lag", labels)),
            .define(index: 3, host: host, signal: SignalKey("log.rate", labels)),
        ])
        for back in stride(from: Int64(60), through: 0, by: -5) {
            stage.tell([
                .values(
                    time: stage.now.advanced(byMilliseconds: -back * 1000), indices: [0, 1, 2, 3],
                    values: isIdle ? [0, 1, 0, 0] : [1, 1, 0, 5])
            ])
        }
        stage.tell([
            .event(
                host: host, time: time, kind: .unreadLine,
                labels: [
                    "service": "shop", "reason": "mismatch", "fit": "\(fit)", "nearest": nearest,
                    "host": "web1",
                ], text: text), .liveBegins,
        ])
        return stage
    }

    private static func place(_ part: String, in line: String) -> Int? {
        line.range(of: part).map { line.distance(from: line.startIndex, to: $0.lowerBound) }
    }

    @Test(arguments: [(120, 36), (80, 24), (200, 60)])
    func `is shown where there are no requests, with a caret under what did not fit, and the nearest formats`(
        width: Int, height: Int
    ) throws {
        let stage = Self.stage(width: width, height: height)
        let row = try #require(stage.lines.firstIndex { $0.contains(Self.line) }, "\(stage.text)")
        #expect(Self.place("^", in: stage.lines[row + 1]) == Self.place("OK", in: stage.lines[row]))
        #expect(stage.lines[row - 1].contains("shop on web1, a line in an unknown form:"))
        #expect(stage.lines[row + 2].contains("nearest: nginx:combined up to column 12, json"))
    }

    @Test func `is told of by the names of formats, of which some have blanks`() {
        let stage = Self.stage(nearest: "morgan dev 31,morgan short,postgresql jsonlog")
        #expect(
            stage.text.contains("nearest: morgan dev up to column 31, morgan short, postgresql jsonlog"),
            "\(stage.text)")
    }

    @Test func `is shown of each host by itself`() {
        var stage = Self.stage()
        stage.tell([
            .event(
                host: HostID("web2"), time: stage.now.advanced(byMilliseconds: 3_600_000), kind: .unreadLine,
                labels: ["service": "shop", "reason": "mismatch", "fit": "3"], text: "another line")
        ])
        for text in ["shop on web1, a line", Self.line, "shop on web2, a line", "another line"] {
            #expect(stage.text.contains(text), "\(stage.text)")
        }
    }

    @Test func `is shown of a log that is written no more`() {
        let stage = Self.stage(isIdle: true)
        #expect(stage.text.contains("the service is idle") && stage.text.contains(Self.line), "\(stage.text)")
    }

    @Test func `is shown around the place where its line is long`() throws {
        let text = String(repeating: "x", count: 600) + "HERE" + String(repeating: "y", count: 300)
        let stage = Self.stage(text, fit: 600, width: 80, height: 24)
        let row = try #require(stage.lines.firstIndex { $0.contains("HERE") })
        #expect(Self.place("^", in: stage.lines[row + 1]) == Self.place("HERE", in: stage.lines[row]))
    }

    @Test(arguments: [
        ("\u{1B}[2J\u{202E}商品 x", 9, ""), ("", 0, "a,b,c,d,e"), ("短", 99_999, "x -1"), ("y", -7, ",,,"),
    ])
    func `may be hostile`(_ text: String, _ fit: Int, _ nearest: String) {
        for (width, height) in [(120, 36), (80, 24), (20, 6), (1, 1)] {
            let stage = Self.stage(text, fit: fit, nearest: nearest, width: width, height: height)
            #expect(!stage.text.unicodeScalars.contains { [0x1B, 0x202E].contains($0.value) })
        }
    }
}
