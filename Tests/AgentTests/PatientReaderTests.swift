import Agent
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `A patient reader` {
    private static func settle(_ reader: PatientReader, _ time: inout UInt64) {
        _ = Eventually.holds {
            time += 1
            reader.tick(at: time)
            reader.readable()
            return reader.isIdle
        }
    }

    @Test func `hands over what files hold, up to their limits, in order`() throws {
        let folder = try TemporaryFolder()
        let large = [UInt8](repeating: 7, count: 300_000)
        try Data(large).write(to: folder.url.appending(path: "large"))
        try Data().write(to: folder.url.appending(path: "empty"))
        let reader = PatientReader()
        var answers: [String: Int] = [:]
        var order: [String] = []
        for (name, limit) in [("large", 200_000), ("empty", 100), ("none", 100), ("large", 10)] {
            #expect(
                reader.ask(folder.url.appending(path: name).path, limit: limit) { bytes in
                    answers["\(name) \(limit)"] = bytes?.count ?? -1
                    order.append(name)
                })
        }
        var time: UInt64 = 1
        Self.settle(reader, &time)
        #expect(answers == ["large 200000": 200_000, "empty 100": 0, "none 100": -1, "large 10": 10])
        #expect(order == ["large", "empty", "none", "large"])
    }

    @Test func `asks for more files than one child takes`() throws {
        let folder = try TemporaryFolder()
        let reader = PatientReader()
        var sum = 0
        for number in 0..<1000 {
            let file = folder.url.appending(path: "\(number)")
            try Data([UInt8(number % 256)]).write(to: file)
            #expect(reader.ask(file.path, limit: 10) { sum += Int($0?.first ?? 0) })
        }
        var time: UInt64 = 1
        Self.settle(reader, &time)
        #expect(sum == (0..<1000).reduce(0) { $0 + $1 % 256 })
    }

    @Test func `gives a file up that hangs, and its child, and reads the others`() throws {
        let folder = try TemporaryFolder()
        let good = folder.url.appending(path: "good")
        try Data([1, 2, 3]).write(to: good)
        var isFirst = true
        var hanging: Int32 = -1
        // A child that never answers stands for one whose file hangs.
        let reader = PatientReader { paths, limits, output in
            guard isFirst else { return PatientReader.startChild(paths, limits, &output) }
            isFirst = false
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0, let program = Program.find("sleep") else { return -ENOENT }
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
            defer { for argument in arguments { free(argument) } }
            guard posix_spawn(&hanging, program, nil, nil, &arguments, environ) == 0 else { return -ENOENT }
            output = ends[0]
            return hanging
        }
        var answers: [String] = []
        #expect(reader.ask("/hangs", limit: 10) { answers.append($0 == nil ? "none" : "bytes") })
        #expect(reader.ask(good.path, limit: 10) { answers.append("\($0 ?? [])") })
        var time: UInt64 = 1_000_000_000
        reader.tick(at: time)
        reader.readable()
        #expect(answers.isEmpty)
        time += 2_000_000_000
        reader.tick(at: time)
        #expect(answers == ["none"] && reader.stuckCount == 1)
        Self.settle(reader, &time)
        #expect(answers == ["none", "[1, 2, 3]"])
        #expect(
            Eventually.holds {
                kill(hanging, 0) != 0
                    || {
                        reader.tick(at: time); return false
                    }()
            })
    }

    @Test func `refuses what is too much`() {
        let reader = PatientReader { _, _, _ in -EAGAIN }
        var refused = 0
        for _ in 0..<(PatientReader.waitingMax + 5) where !reader.ask("/x", limit: 1, { _ in }) {
            refused += 1
        }
        #expect(refused == 5 && reader.refusedCount == 5)
    }

    @Test func `answers even when no child can be started`() {
        let reader = PatientReader { _, _, _ in -EAGAIN }
        var answers = 0
        for _ in 0..<3 { _ = reader.ask("/x", limit: 1) { answers += $0 == nil ? 1 : 0 } }
        var time: UInt64 = 1
        Self.settle(reader, &time)
        #expect(answers == 3)
    }
}
