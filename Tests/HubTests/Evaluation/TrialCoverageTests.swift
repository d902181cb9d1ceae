import Fleet
import Telemetry
import Testing

@testable import Hub

@Suite struct `How much data a trial had` {
    private static let none = Double.nan

    @Test(
        arguments: [
            // Steps of 10 s, patience 30 s: values, from, to, gap.
            (values: [], from: nil, to: nil, gap: 0),
            ([none, none], nil, nil, 0),
            ([1, 2, 3], 10, 30, 0),
            ([none, 1, none, none, 2, none], 20, 50, 0),
            ([1, none, none, none, 2, 3], 10, 60, 40),
        ] as [(values: [Double], from: Int64?, to: Int64?, gap: Int64)])
    func `is told with its ends and gaps`(
        _ row: (values: [Double], from: Int64?, to: Int64?, gap: Int64)
    ) {
        var coverage = TrialCoverage(steps: row.values.count)
        coverage.take(row.values, of: HostID("web1"))
        var trial = RuleTrial(
            condition: "cpu > 90%", from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 60_000),
            stepMilliseconds: 10_000, series: 1)
        coverage.tell(&trial, patience: 30_000)
        #expect(trial.hosts == (row.from == nil ? 0 : 1))
        #expect(trial.dataFrom?.milliseconds == row.from.map { $0 * 1000 })
        #expect(trial.dataTo?.milliseconds == row.to.map { $0 * 1000 })
        #expect(trial.gapMilliseconds == row.gap * 1000)
    }

    @Test func `is of all series together`() {
        var coverage = TrialCoverage(steps: 3)
        coverage.take([1, Self.none, Self.none], of: HostID("web1"))
        coverage.take([Self.none, Self.none, 1], of: HostID("web2"))
        coverage.take(steps: [7], of: HostID("web3"))
        var trial = RuleTrial(
            condition: "cpu > 90%", from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 3000),
            stepMilliseconds: 1000, series: 2)
        coverage.tell(&trial, patience: 1500)
        #expect(trial.hosts == 2 && trial.gapMilliseconds == 2000)
    }
}
