import Dashboard
import Testing

@Suite struct `Steps in cells` {
    @Test func `hold the steps between whole multiples`() {
        let values = (1...9).map(Double.init)
        #expect(StepBuckets.cells(values, lastStep: 8, windowSteps: 9, width: 3, .average) == [2, 5, 8])
        #expect(StepBuckets.cells(values, lastStep: 6, windowSteps: 9, width: 3, .average) == [4, 7, 9])
        #expect(StepBuckets.cells(values, lastStep: 7, windowSteps: 9, width: 3, .maximum) == [4, 7, 9])
    }

    @Test func `move by one cell when one is full, and not before`() {
        let history = (0..<60).map { Double($0 * 7 % 13) }
        func cells(_ last: Int) -> [Double] {
            StepBuckets.cells(
                Array(history[(last - 23)...last]), lastStep: Int64(last), windowSteps: 24, width: 6, .maximum
            )
        }
        let before = cells(40)
        #expect(Array(cells(43).dropFirst().dropLast()) == Array(before.dropFirst().dropLast()))
        #expect(Array(cells(44).dropFirst().dropLast().dropLast()) == Array(before.dropFirst(2).dropLast()))
    }

    @Test func `are gaps where no step has a value, and none where there is no room`() {
        let gap = StepBuckets.cells([.nan, .nan, 1, .nan], lastStep: 3, windowSteps: 4, width: 2, .average)
        #expect(gap[0].isNaN && gap[1] == 1)
        #expect(StepBuckets.cells([1], lastStep: 0, windowSteps: 1, width: 0, .average).isEmpty)
        #expect(StepBuckets.cells([1], lastStep: 0, windowSteps: 0, width: 5, .average).isEmpty)
        #expect(
            StepBuckets.cells([], lastStep: -7, windowSteps: 5, width: 5, .maximum).allSatisfy { $0.isNaN })
        #expect(StepBuckets.cells([1, 2], lastStep: .min, windowSteps: 9, width: 4, .maximum).count <= 4)
    }
}
