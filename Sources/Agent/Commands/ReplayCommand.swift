import CLinux
import Glibc
package import Telemetry
import Wire

/// `martlet-agent replay`: what was recorded, as frames of a session of their own at the step asked for, or coarser.
///
/// Needs no lock, holds the writer up nowhere, and bounds what it gives: an answer that would be longer than half a MiB less
/// a little is made anew at a coarser step.
package struct ReplayCommand {
    private let arguments: AgentArguments

    /// The last minutes and the hour before them are two answers: together a MiB at most, with some room for live frames.
    package static let bytesMax = 470_000
    private static let steps: [Int64] = [
        1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
        3_600_000, 10_800_000, 86_400_000,
    ]

    init(_ arguments: AgentArguments) { self.arguments = arguments }

    func run() -> Int32 {
        let (configuration, _) =
            ConfigurationFiles.path(arguments.configuration).map(AgentConfiguration.load)
            ?? (AgentConfiguration(), [])
        let named = StateFolder.named(arguments, configuration)
        guard let folder = named ?? StateFolder.usual, StateFolder.hasRecorder(folder) else {
            let isOthers = named == nil && StateFolder.isForeign(StateFolder.ofSystem)
            CommandOutput.write(
                isOthers
                    ? "martlet-agent: \(StateFolder.ofSystem) belongs to another user; run this as that user or as root\n"
                    : "martlet-agent: nothing is recorded here; see martlet-agent run\n", to: 2)
            return 66
        }
        let now = AgentLoop.now().wall
        let from = moment(arguments.replayFrom, now)
        let to = moment(arguments.replayTo, now)
        let frames = Self.frames(
            of: RecorderReader(folder: folder, disk: LinuxDisk()), from: from, to: to,
            stepMilliseconds: Int64(arguments.replayStep))
        if arguments.isText {
            var text = FrameText()
            CommandOutput.write(text.lines(for: frames.span), to: 1)
            return 0
        }
        return CommandOutput.deliver(frames, frames.count) ? 0 : 74
    }

    private func moment(_ given: Int64, _ now: Timestamp) -> Timestamp {
        given > 0 ? Timestamp(milliseconds: given) : now.advanced(byMilliseconds: given)
    }

    /// The frames at the finest step from the one asked for on that keeps the bound.
    package static func frames(
        of reader: RecorderReader, from: Timestamp, to: Timestamp, stepMilliseconds: Int64
    ) -> [UInt8] {
        var step = stepMilliseconds
        while true {
            let (frames, share) = attempt(reader, from, to, step)
            guard share < 1,
                let coarser = steps.first(where: { Double($0) * share >= Double(step) * 0.6 && $0 > step })
            else { return frames }
            step = coarser
        }
    }

    /// What a step gives, and how much of the span had room.
    private static func attempt(
        _ reader: RecorderReader, _ from: Timestamp, _ to: Timestamp, _ step: Int64
    ) -> (frames: [UInt8], share: Double) {
        var encoder = ReplayEncoder(from: from, to: to, stepMilliseconds: step)
        var frames: [UInt8] = []
        var reached = from
        reader.frames(from: from, to: to) { segment, end in
            guard frames.count <= bytesMax else { return }
            encoder.take(segment: segment)
            frames += encoder.drain()
            reached = min(to, end)
        }
        encoder.finish()
        frames += encoder.drain()
        guard frames.count > bytesMax else { return (frames, 1) }
        let span = Double(max(1, to.milliseconds(since: from)))
        let done = Double(max(1, reached.milliseconds(since: from)))
        return (frames, min(0.99, done / span * Double(bytesMax) / Double(frames.count)))
    }
}
