import Foundation
import Hub
import Telemetry
import TestSupport
import Wire

/// The frames of an agent that a test invents: series of one group, whose values the test sets.
struct InventedAgent {
    private var encoder = SampleEncoder()
    private var decoder = FrameDecoder()
    private let group: Int
    private let count: Int

    init(_ series: [SeriesKey], type: MetricType = .counter) {
        group = encoder.addGroup("test")
        count = series.count
        for (slot, key) in series.enumerated() {
            encoder.define(SeriesDefinition(key, type, .double), slot: slot, group: group)
        }
    }

    static func hello(oldest: UInt8 = 1, newest: UInt8 = 1) -> [UInt8] {
        FrameEncoder.frame(
            .hello(
                Hello(
                    oldestVersion: oldest, newestVersion: newest, program: "martlet-agent",
                    programVersion: "9.9", host: "test", nonce: 1)))
    }

    /// One tick; NaN for a series that has no value.
    mutating func tick(_ time: Timestamp, _ values: [Double], ageMilliseconds: UInt32 = 0) -> [UInt8] {
        let raw = (0..<count).map { slot in
            slot < values.count && !values[slot].isNaN
                ? Int64(bitPattern: values[slot].bitPattern) : SampleScale.double.absent
        }
        encoder.beginTick(at: time, isSnapshot: false)
        encoder.append(group: group, values: raw.span, ageMilliseconds: ageMilliseconds)
        encoder.endTick()
        return encoder.drain { $0.withUnsafeBufferPointer { Array($0) } }
    }

    /// The messages of one tick, as a hub reads them.
    mutating func messages(_ time: Timestamp, _ values: [Double]) throws -> [WireMessage] {
        decoder.append(tick(time, values))
        var messages: [WireMessage] = []
        while let message = try decoder.next() { messages.append(message) }
        return messages
    }

    /// The machine's present, to the second.
    static var now: Timestamp { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
}

/// A program in place of an agent or of ssh: says the frames that a test gave it, then what else it is to do.
struct StandIn {
    let path: String
    private let folder: TemporaryFolder

    /// `then` is a line of shell; the usual one stays until its input ends, as an agent does.
    init(
        in folder: TemporaryFolder, name: String = "martlet-agent", frames: [UInt8] = [],
        then: String = "while read -r _; do :; done"
    ) throws {
        path = folder.url.appending(path: name).path
        let data = folder.url.appending(path: "\(name).frames")
        try Data(frames).write(to: data)
        try Program.script("cat \"\(data.path)\"\n\(then)", at: path)
        self.folder = folder
    }
}

extension SourceCommand {
    static func standIn(_ program: StandIn, host: String = "web1") -> SourceCommand {
        SourceCommand(host: HostID(host), arguments: [program.path, "stream"], summary: "test")
    }
}
