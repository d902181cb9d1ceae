import Agent
import Foundation
import TestSupport
import Testing
import Wire

@Suite struct `The ledger of orders` {
    private func entry(_ number: UInt64, hub: String = "h") -> ActionLedger.Entry {
        var entry = ActionLedger.Entry(id: "id\(number)")
        entry.hub = hub
        entry.sequence = number
        entry.action = "restart"
        entry.lock = "web"
        entry.fence = number
        entry.startedAt = Int64(number)
        entry.bootID = "b"
        entry.timeoutMilliseconds = 7
        return entry
    }

    private var whole: [UInt8] {
        ActionLedger.opening("abc") + ActionLedger.start(entry(1)) + ActionLedger.end("id1", at: 5)
            + ActionLedger.start(entry(2)) + ActionLedger.unknown("id2", .reboot, "two\nlines\tof it", at: 6)
            + ActionLedger.refuse(entry(3), .busy, "locked") + ActionLedger.start(entry(4))
    }

    @Test func `gives its records back`() {
        let ledger = ActionLedger(whole)
        #expect(ledger.damage == nil && ledger.id == "abc" && ledger.wholeBytes == whole.count)
        #expect(
            ledger.entries.map(\.state) == [
                .ended, .unknown(.reboot, "two lines of it"), .refused(.busy, "locked"), .open,
            ])
        var open = entry(4)
        open.state = .open
        #expect(ledger["id4"] == open)
        #expect(ledger.marks["h"]?.sequence == 4 && ledger.fences["web"] == 4)
        let again = ActionLedger(ledger.compacted().bytes)
        #expect(again.entries.map(\.state) == ledger.entries.map(\.state) && again.marks["h"]?.sequence == 4)
    }

    @Test func `with any one bit changed refuses to be used, or is as before`() {
        let before = ActionLedger(whole)
        for place in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[place] ^= 1 << bit
                let after = ActionLedger(bytes)
                let isTorn = place == whole.count - 1
                #expect(after.damage != nil || after.entries == before.entries || isTorn, "byte \(place)")
            }
        }
    }

    @Test func `cut off anywhere has the records before, which is before anything was started`() {
        for count in 0..<whole.count {
            let ledger = ActionLedger(Array(whole[..<count]))
            #expect(ledger.damage == nil && ledger.wholeBytes <= count)
        }
        #expect(ActionLedger(whole + [UInt8](repeating: 0, count: 50) + [0x0A]).damage == nil)
    }

    @Test func `keeps a hub's mark when it forgets the records`() {
        var bytes = ActionLedger.opening("abc")
        for number in 1...UInt64(ActionLedger.entriesMax + 100) {
            bytes += ActionLedger.start(entry(number)) + ActionLedger.end("id\(number)", at: 1)
        }
        let (compacted, left) = ActionLedger(bytes).compacted()
        let ledger = ActionLedger(compacted)
        #expect(left.count == 100 && ledger["id100"] == nil && ledger["id101"] != nil)
        #expect(ledger.marks["h"]?.sequence == UInt64(ActionLedger.entriesMax + 100))
    }
}
