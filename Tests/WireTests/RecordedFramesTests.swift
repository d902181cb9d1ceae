import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `Recorded frames` {
    private static let folder = Repository.root.appending(path: "Tests/Fixtures/frames")

    @Test(arguments: RecordedSession.allCases)
    func `of this release are what this build writes`(_ session: RecordedSession) throws {
        let file = Self.folder.appending(path: "\(martletVersion)/\(session.rawValue).hex")
        if ProcessInfo.processInfo.environment["MARTLET_RERECORD"] == "1" {
            try Hex.text(session.bytes).write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == Hex.text(session.bytes))
    }

    @Test func `of every release are read to their end`() throws {
        let files = Repository.files(in: "Tests/Fixtures/frames", suffix: ".hex")
        #expect(!files.isEmpty)
        for file in files {
            let bytes = try #require(Hex.bytes(try String(contentsOf: file, encoding: .utf8)))
            var decoder = FrameDecoder()
            decoder.append(bytes)
            var messages = 0
            while try decoder.next() != nil { messages += 1 }
            #expect(messages > 0, "\(file.lastPathComponent)")
            #expect(decoder.waitingBytes == 0 && decoder.skippedTicks == 0, "\(file.lastPathComponent)")
        }
    }

    @Test func `of the example say what docs/wire.md says of them`() throws {
        var decoder = FrameDecoder()
        decoder.append(RecordedSession.example.bytes)
        var ticks: [Tick] = []
        while let message = try decoder.next() {
            if case .tick(let tick) = message { ticks.append(tick) }
        }
        #expect(ticks.map { $0.samples.map(\.value) } == [[40, 1.5], [40.07, 1.5]])
        let document = try Repository.text("docs/wire.md")
        for line in Hex.text(RecordedSession.example.bytes).split(separator: "\n") {
            #expect(document.contains(line), "docs/wire.md lacks: \(line)")
        }
    }

    @Test func `of a joiner begin at the second snapshot`() throws {
        let bytes = RecordedSession.ticks.bytes
        // Anywhere inside the first frames: what is left of them is skipped as foreign bytes.
        for start in stride(from: 1, to: 200, by: 7) {
            var decoder = FrameDecoder()
            decoder.append(Array(bytes[start...]))
            var ticks: [Tick] = []
            while let message = try decoder.next() {
                if case .tick(let tick) = message { ticks.append(tick) }
            }
            #expect(ticks.map(\.sequence).suffix(2) == [7, 8])
        }
    }
}
