import Foundation
import Glibc
import TestSupport

/// One threshold that is crossed again and again at random moments, each time until its hook has noted when it began.
final class CrossingLane {
    private enum State {
        case settling(until: Double)
        /// Since a moment of the wall clock, with so many notes before.
        case waiting(since: Double, notes: Int)
    }

    let name: String
    private let stamps: String
    private let settleSeconds: Double
    private let cross: () -> Void
    private let back: () -> Void
    private var state = State.settling(until: 0)
    private var random: SeededRandom
    private(set) var milliseconds: [Double] = []
    private(set) var missed = 0

    /// A hook that has not begun by then is missed.
    private static let patienceSeconds = 10.0

    /// `stamps` is a file of seconds since 1970, a line for each start of the hook; `settleSeconds` are from going back until
    /// the alert is over for certain.
    init(
        _ name: String, seed: UInt64, stamps: String, settleSeconds: Double, cross: @escaping () -> Void,
        back: @escaping () -> Void = {}
    ) {
        self.name = name
        self.stamps = stamps
        self.settleSeconds = settleSeconds
        self.cross = cross
        self.back = back
        random = SeededRandom(seed: seed)
    }

    /// Forgets how fast it was; throws where no crossing has started a hook.
    func forget() throws {
        guard !milliseconds.isEmpty else { throw BenchError("no crossing started a hook of \(name)'s") }
        (milliseconds, missed) = ([], 0)
    }

    /// All beside each other, until each of the first `count` was crossed so many times more.
    static func run(_ lanes: [CrossingLane], first count: Int, times: Int) {
        let goals = lanes.prefix(count).map { $0.crossings + times }
        for lane in lanes { lane.state = .settling(until: now() + lane.pause()) }
        while zip(lanes, goals).contains(where: { $0.crossings < $1 }) {
            for lane in lanes { lane.step() }
            poll(nil, 0, 5)
        }
    }

    private var crossings: Int { milliseconds.count + missed }

    private func pause() -> Double { settleSeconds + Double.random(in: 0..<1, using: &random) }

    private func step() {
        let now = Self.now()
        switch state {
        case .settling(let until):
            guard now >= until else { return }
            let notes = notes().count
            state = .waiting(since: Self.now(), notes: notes)
            cross()
        case .waiting(let since, let count):
            let notes = notes()
            if notes.count > count {
                milliseconds.append((notes[count] - since) * 1000)
            } else if now - since > Self.patienceSeconds {
                missed += 1
            } else {
                return
            }
            back()
            state = .settling(until: now + pause())
        }
    }

    /// Whole lines alone: the last one may be half written.
    private func notes() -> [Double] {
        guard let text = try? String(contentsOfFile: stamps, encoding: .utf8) else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap {
            Double($0)
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
