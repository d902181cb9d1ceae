import Telemetry
import Testing

@Suite struct `A set of labels` {
    @Test func `are equal whatever the order they were given in`() {
        #expect(Labels([Label("b", "2"), Label("a", "1")]) == ["a": "1", "b": "2"])
    }

    @Test func `keep the last of two values for one name`() {
        #expect(Labels([Label("a", "1"), Label("a", "2")])["a"] == "2")
    }
}
