import Fleet
import Telemetry
import Testing

@testable import martlet

@Suite struct `What events -f remembers` {
    private static func event(_ second: Int64) -> AlertEvent {
        AlertEvent(
            kind: .firing, at: Timestamp(milliseconds: second * 1000), id: "a\(second)", subject: "DiskFull")
    }

    @Test func `is what the hub can still send, however long it goes`() {
        var memory = EventMemory(printed: [Self.event(1)], from: Timestamp(milliseconds: 1000))
        var told = 0
        for last in Int64(3)...2000 {
            // A board of the newest hundred.
            told += memory.new(in: (max(0, last - 99)...last).map(Self.event)).count
            #expect(memory.count <= 100)
        }
        // Each once; neither what was printed before, nor what came before its time.
        #expect(told == 1999)
    }

    @Test func `keeps an event from being told twice`() {
        var memory = EventMemory(printed: [], from: Timestamp(milliseconds: 0))
        #expect(memory.new(in: [Self.event(1), Self.event(2)]).map(\.id) == ["a1", "a2"])
        #expect(memory.new(in: [Self.event(2), Self.event(3)]).map(\.id) == ["a3"])
        #expect(memory.new(in: [Self.event(2), Self.event(3)]).isEmpty)
    }
}
