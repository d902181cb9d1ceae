import Fleet
import Telemetry
import Testing

@testable import Dashboard

@Suite struct `Counts of lines` {
    private static func sample(_ labels: Labels, at seconds: Int64) -> LogLine {
        LogLine(
            host: HostID("web1"), time: Timestamp(milliseconds: seconds * 1000), kind: .errorSample,
            labels: labels,
            text: "failed")
    }

    @Test(arguments: [
        (count: "34", seconds: "57", steps: 58), ("600", "57", 58), ("3", "57", 3), ("5", nil, 1),
        ("5", "0", 1), ("5", "-3", 1), ("5", "x", 1), ("9223372036854775807", "9223372036854775807", 121),
    ])
    func `that an error sample stands for are spread over the seconds in which they came`(
        _ row: (count: String, seconds: String?, steps: Int)
    ) {
        var logs = LogState(stepMilliseconds: 1000, capacity: 300)
        var labels = [Label("count", row.count), Label("level", "error"), Label("service", "shop")]
        if let seconds = row.seconds { labels.append(Label("seconds", seconds)) }
        logs.add(Self.sample(Labels(labels), at: 1_000))
        let errors = (900...1_200).map { logs.counts(ofStep: $0).errors }
        #expect(errors.reduce(0, +) == min(Int(row.count) ?? 0, 1 << 40))
        #expect(errors.count { $0 > 0 } == min(row.steps, Int(row.count) ?? 0))
        let shares = errors.filter { $0 > 0 }
        #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1, "\(shares)")
    }
}
