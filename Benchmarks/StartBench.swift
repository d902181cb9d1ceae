import Foundation
import TestSupport

/// How long it takes from the start of a full-screen program to what it shows.
struct StartBench {
    let martlet: String

    private static let starts = 9

    func rows() throws -> [Row] {
        var cold: [Double] = []
        var live: [Double] = []
        var warm: [Double] = []
        for _ in 0..<Self.starts {
            let world = try ScreenWorld()
            let first = try world.start([martlet])
            let record = ScreenRecord(first.read(seconds: 4), since: first.startedNanoseconds)
            cold.append(record.firstPaint)
            live.append(record.firstTime(Self.hasRates))
            let second = try world.start([martlet])
            warm.append(ScreenRecord(second.read(seconds: 4), since: second.startedNanoseconds).firstPaint)
        }
        var rows = [
            Row("first full paint, hub running", "martlet", "ms", median(warm), goal: 80),
            Row("first full paint, hub not yet running", "martlet", "ms", median(cold), goal: 250),
            Row("start to live rates, hub not yet running", "martlet", "ms", median(live), goal: 1200),
        ]
        for peer in ScreenPeer.installed {
            let paints = try (0..<Self.starts).map { _ in
                let world = try ScreenWorld()
                let child = try world.start(peer)
                return ScreenRecord(child.read(seconds: 4), since: child.startedNanoseconds).firstPaint
            }
            rows.append(Row("first full paint", peer.name, "ms", median(paints)))
        }
        return rows
    }

    /// Whether the CPU's rule has a percentage, for which two samples are needed.
    private static func hasRates(_ lines: [String]) -> Bool {
        lines.contains { line in
            guard let title = line.range(of: "CPU ") else { return false }
            let figure = line[title.upperBound...].drop { $0 == " " }.prefix { $0 != "%" }
            return line.contains("%") && !figure.isEmpty && figure.allSatisfy { $0.isNumber || $0 == "." }
        }
    }
}
