import Fleet
import Testing

@Suite struct `Batches` {
    @Test(arguments: [
        (3, 1, 1 as Int?), (3, 2, 1), (3, 3, 2), (40, 2, 2), (40, 3, 3), (1, 1, nil), (2, 3, 1),
    ])
    func `ask for approval when the step that says so is done`(hosts: Int, step: Int, batch: Int?) {
        var definition = RolloutDefinition("web", hosts: "web", action: "deploy")
        definition.batches = [.hosts(1), .percent(10), .percent(50), .all]
        definition.approveAfter = step
        #expect(definition.approvalBatch(of: (0..<hosts).map { "h\($0)" }) == batch)
    }

    @Test(arguments: [
        (10, [BatchStep.hosts(1), .percent(10), .percent(50), .all], [1, 4, 5]),
        (141, [.hosts(1), .percent(10), .percent(50), .all], [1, 14, 56, 70]),
        (1, [.hosts(1), .percent(10), .all], [1]), (3, [.percent(1), .all], [1, 2]),
        (100, [.percent(7), .all], [7, 93]), (0, [.hosts(1), .all], []), (2, [.hosts(5), .all], [2]),
    ])
    func `are cumulative, round up, and are left out where they add no host`(
        hosts: Int, steps: [BatchStep], sizes: [Int]
    ) {
        let names = (0..<hosts).map { "h\($0)" }
        let batches = BatchStep.batches(of: names, steps)
        #expect(batches.map(\.count) == sizes)
        #expect(batches.flatMap { $0 } == names)
    }

    @Test(arguments: [
        ("Fri 16:00-24:00", 5, 960, true), ("Fri 16:00-24:00", 5, 959, false),
        ("Fri 16:00-24:00", 5, 1439, true),
        ("Sat", 6, 0, true), ("sat", 6, 1439, true), ("Sun", 6, 0, false),
    ])
    func `windows of the week hold their minutes`(text: String, weekday: Int, minute: Int, isIn: Bool) throws
    {
        let window = try #require(WeekWindow(text))
        #expect(window.contains(weekday: weekday, minute: minute) == isIn)
        #expect(WeekWindow(window.description) == window)
    }

    @Test(arguments: [
        "", "Fri 16-24", "Fri 16:00", "Fri 24:00-16:00", "Frii", "Fri 16:00-24:01", "Fri 16:00-24:00 x",
        "Fri 1:00-2:00",
    ])
    func `windows that are none are refused`(text: String) {
        #expect(WeekWindow(text) == nil)
    }
}
