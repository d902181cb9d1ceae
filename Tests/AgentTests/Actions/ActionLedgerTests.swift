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

    @Test func `is written anew where it has grown, and goes on in the new file`() throws {
        let host = try ActionHost()
        try host.script("count.sh", "echo run >> $HERE/runs")
        try host.configure("[action count]\nabout = x\nrun = $/count.sh\n")
        let first = host.order("count", sequence: 1)
        #expect(try host.run(first).last?.state == .ended)
        var bytes: [UInt8] = []
        var number: UInt64 = 100
        while bytes.count <= ActionLedger.bytesMax {
            number += 1
            var later = entry(number)
            later.action = "count"
            bytes += ActionLedger.start(later) + ActionLedger.end("id\(number)", at: 1)
        }
        let file = try FileHandle(forWritingTo: URL(filePath: "\(host.state)/actions/ledger"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(bytes))
        try file.close()
        let second = host.order("count", sequence: 2)
        #expect(try host.run(second).last?.state == .ended)
        let size = try Data(contentsOf: URL(filePath: "\(host.state)/actions/ledger")).count
        #expect(size < ActionLedger.bytesMax)
        // The first is forgotten, and its number is not.
        #expect(try host.run(first).last?.state == .refused)
        #expect(try host.run(second).last?.state == .ended)
        #expect(host.text("runs") == "run\nrun\n")
    }

    @Test func `is written anew where refusals have filled it, and knows when an action was started last`()
        throws
    {
        var deploy = entry(1)
        deploy.action = "deploy"
        deploy.leavesProcesses = true
        var bytes = ActionLedger.start(deploy) + ActionLedger.end("id1", at: 5)
        var number: UInt64 = 1
        while bytes.count <= ActionLedger.bytesMax {
            number += 1
            bytes += ActionLedger.refuse(entry(number), .busy, "locked")
        }
        let ledger = ActionLedger(ActionLedger(ActionLedger.opening("abc") + bytes).compacted().bytes)
        #expect(ledger.entries.count == ActionLedger.entriesMax + 1)
        #expect(ledger.lastStart(of: "deploy")?.leavesProcesses == true)
        let host = try ActionHost()
        try host.script("count.sh", "echo run >> $HERE/runs")
        try host.configure("[action count]\nabout = x\nrun = $/count.sh\n")
        #expect(try host.run(host.order("count", sequence: 1)).last?.state == .ended)
        let path = URL(filePath: "\(host.state)/actions/ledger")
        let file = try FileHandle(forWritingTo: path)
        try file.seekToEnd()
        try file.write(contentsOf: Data(bytes))
        try file.close()
        #expect(try host.run(host.order("other", sequence: 2)).last?.state == .refused)
        #expect(try Data(contentsOf: path).count < ActionLedger.bytesMax)
    }

    @Test func `has room for another hub where one was silent for a quarter of a year`() {
        var bytes = ActionLedger.opening("abc")
        for number in 1...ActionLedger.hubsMax {
            bytes += ActionLedger.start(entry(UInt64(number), hub: "h\(number)"))
        }
        let ledger = ActionLedger(bytes)
        #expect(ledger.marks.count == ActionLedger.hubsMax && !ledger.hasRoomForHub(at: 10_000))
        let later = ActionLedger.hubSilenceMilliseconds + 2
        #expect(ledger.hasRoomForHub(at: later))
        var new = entry(9_999_999, hub: "new")
        new.startedAt = later
        let after = ActionLedger(bytes + ActionLedger.start(new))
        #expect(
            after.marks.count == ActionLedger.hubsMax && after.marks["new"] != nil && after.marks["h1"] == nil
        )
    }

    @Test func `that is damaged starts nothing until somebody has looked`() throws {
        let host = try ActionHost()
        try host.script("count.sh", "echo run >> $HERE/runs")
        try host.configure("[action count]\nabout = x\nrun = $/count.sh\n")
        #expect(try host.run(host.order("count", sequence: 1)).last?.state == .ended)
        let path = "\(host.state)/actions/ledger"
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[20] ^= 4
        try bytes.write(to: URL(filePath: path))
        let refused = try host.run(host.order("count", sequence: 2)).last
        #expect(refused?.cause == .ledger && refused?.text.contains("line 1 is damaged") == true)
        #expect(host.text("runs") == "run\n")
        try FileManager.default.removeItem(atPath: path)
        #expect(try host.run(host.order("count", sequence: 3)).last?.state == .ended)
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
