import Archive
import Fleet
import Telemetry
import Wire

/// What hosts recorded while nobody looked: asked for when a host connects, and when somebody looks further back than the
/// head reaches.
extension HubCore {
    /// The last minutes come second by second, the hour before them coarser: a host's whole hour is a MiB at most.
    static let recentMilliseconds: Int64 = 600_000
    static let hourMilliseconds: Int64 = 3_600_000
    private static let recentStep: UInt32 = 1000
    private static let hourStep: UInt32 = 10_000
    /// What is shorter than this is no gap worth a question.
    private static let gapMilliseconds: Int64 = 5000
    /// How long a look at the past waits for hosts to answer.
    private static let patienceMilliseconds: Int64 = 4000
    /// Hosts that are asked for one look.
    private static let hostsAtOnce = 64

    /// A host says what it holds; or, with an empty span, that it has no answer.
    func hasPast(_ host: HubHost, from: Timestamp, to: Timestamp) {
        if from >= to, host.past.asked != nil { return endPast(host) }
        guard from < to else { return }
        host.past.held = (from, to)
        // What was missed since it was last heard, and no more than an hour.
        let hourAgo = to.advanced(byMilliseconds: -Self.hourMilliseconds)
        let start = max(from, hourAgo, host.past.heardThrough ?? hourAgo)
        let border = max(start, to.advanced(byMilliseconds: -Self.recentMilliseconds))
        ask(host, from: border, to: to, step: Self.recentStep, isMissed: true)
        ask(host, from: start, to: border, step: Self.hourStep, isMissed: true)
    }

    private func ask(
        _ host: HubHost, from: Timestamp, to: Timestamp, step: UInt32, isMissed: Bool = false
    ) {
        guard to.milliseconds(since: from) >= Self.gapMilliseconds, host.send != nil else { return }
        host.past.queue.append(
            PastQuestion(from: from, to: to, stepMilliseconds: step, isMissed: isMissed))
        askNext(host)
    }

    private func askNext(_ host: HubHost) {
        guard host.past.asked == nil, !host.past.queue.isEmpty, let send = host.send else { return }
        let next = host.past.queue.removeFirst()
        host.past.asked = next
        host.past.answer = HostPast(signalsMax: signalsMax)
        let frame = FrameEncoder.frame(
            .replay(from: next.from, to: next.to, stepMilliseconds: next.stepMilliseconds))
        Task { await send(frame) }
    }

    func take(_ portion: PastPortion, of host: HubHost) {
        guard host.past.asked != nil else { return }
        let isRead = host.past.answer?.take(portion.frames) ?? false
        if portion.isLast || !isRead { endPast(host) }
    }

    /// The source is gone, and with it whatever it would have answered.
    func forgetPast(_ host: HubHost) {
        host.past.queue = []
        host.past.asked = nil
        host.past.answer = nil
        host.past.held = nil
        wake(host)
    }

    /// An answer is over: puts it into the head, and tells it to whoever shows the span.
    private func endPast(_ host: HubHost) {
        guard let asked = host.past.asked else { return }
        host.past.asked = nil
        var answer = host.past.answer
        host.past.answer = nil
        answer?.finish()
        host.past.note(asked, stepMilliseconds: answer?.stepMilliseconds, at: Clock.now())
        if let answer, answer.ticks > 0 {
            head.insert(answer.samples, of: host.id)
            if asked.isMissed { noteLate(host, from: asked.from, to: asked.to) }
            for feed in views.values where feed.view.includes(host.id) { retell(host, asked, to: feed) }
        }
        askNext(host)
        if host.past.asked == nil { wake(host) }
    }

    /// Sends a span of the history again: a screen fills with it what it had no value for.
    private func retell(_ host: HubHost, _ span: PastQuestion, to feed: LiveFeed) {
        let view = feed.view
        let step = max(1000, view.stepMilliseconds)
        let now = Clock.now()
        let begin = max(span.from, now.advanced(byMilliseconds: -view.windowMilliseconds))
        guard begin < span.to else { return }
        let first = Timestamp(milliseconds: begin.milliseconds / step * step)
        let last = Timestamp(milliseconds: (span.to.milliseconds + step - 1) / step * step)
        guard last.milliseconds(since: first) / step <= Int64(Head.stepsMax) else { return }
        sendHistory(of: host, to: feed, first, last, step)
        feed.sendWaiting()
    }

    // MARK: A look back

    /// Asks the hosts of a view for what it shows and the head does not have as finely, and waits for them, but not long.
    func fill(_ view: LiveView) async {
        let step = max(1000, view.stepMilliseconds)
        let now = Clock.now()
        let end = view.end ?? now
        let begin = end.advanced(byMilliseconds: -view.windowMilliseconds)
        var asked: [HubHost] = []
        for host in order where view.includes(host.id) && asked.count < Self.hostsAtOnce {
            guard let held = host.past.held else { continue }
            let (from, to) = (max(begin, held.from), min(end, held.to))
            guard let gap = host.past.missing(from: from, to: to, stepMilliseconds: step, at: now) else {
                continue
            }
            ask(host, from: gap.from, to: gap.to, step: UInt32(clamping: step))
            if host.past.asked != nil { asked.append(host) }
        }
        guard view.end != nil, !asked.isEmpty else { return }
        let deadline = Clock.steadyMilliseconds() + Self.patienceMilliseconds
        for host in asked { await answer(of: host, until: deadline) }
    }

    private func answer(of host: HubHost, until deadline: Int64) async {
        let left = deadline - Clock.steadyMilliseconds()
        guard host.past.asked != nil, left > 0 else { return }
        let number = host.past.nextWaiter
        host.past.nextWaiter += 1
        await withCheckedContinuation { waiter in
            host.past.waiters[number] = waiter
            Task {
                try? await Task.sleep(for: .milliseconds(left))
                self.wake(host.id, number)
            }
        }
    }

    private func wake(_ id: HostID, _ number: Int) {
        hosts[id]?.past.waiters.removeValue(forKey: number)?.resume()
    }

    private func wake(_ host: HubHost) {
        for waiter in host.past.waiters.values { waiter.resume() }
        host.past.waiters = [:]
    }
}

/// A span that a host is asked for.
struct PastQuestion: Sendable {
    let from: Timestamp
    let to: Timestamp
    let stepMilliseconds: UInt32
    /// Whether the hub would have been told of it, had it been there; not what somebody only looks at.
    let isMissed: Bool
}

/// How it stands between the hub and one host's recorder.
struct PastLedger {
    /// A span that the head was given, and how finely.
    private struct Known {
        let from: Timestamp
        let to: Timestamp
        let stepMilliseconds: Int64
        let at: Timestamp
    }

    /// What it could replay; nil where it records nothing.
    var held: (from: Timestamp, to: Timestamp)?
    /// Up to when it was heard before this session.
    var heardThrough: Timestamp?
    var queue: [PastQuestion] = []
    var asked: PastQuestion?
    var answer: HostPast?
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter = 0
    private var known: [Known] = []

    /// The head keeps samples as they came for so long, and expires once a minute.
    private static let fineMilliseconds: Int64 = 3_600_000
    private static let expiryMilliseconds: Int64 = 50_000
    private static let minute: Int64 = 60_000
    private static let knownMax = 200

    /// A span was answered, at a step that may be longer than was asked.
    mutating func note(_ span: PastQuestion, stepMilliseconds step: Int64?, at now: Timestamp) {
        let asked = Int64(span.stepMilliseconds)
        add(from: span.from, to: span.to, stepMilliseconds: max(asked, step ?? asked), at: now)
    }

    /// A session was heard from one moment to another.
    mutating func noteLive(from: Timestamp, to: Timestamp) {
        add(from: from, to: to, stepMilliseconds: 1000, at: to)
    }

    private mutating func add(from: Timestamp, to: Timestamp, stepMilliseconds: Int64, at: Timestamp) {
        guard from < to else { return }
        known.append(Known(from: from, to: to, stepMilliseconds: stepMilliseconds, at: at))
        if known.count > Self.knownMax { known.removeFirst() }
    }

    /// The part of a span that is not known as finely as a screen shows it, in one piece; nil where there is none.
    func missing(
        from: Timestamp, to: Timestamp, stepMilliseconds: Int64, at now: Timestamp
    ) -> (from: Timestamp, to: Timestamp)? {
        let margin = max(stepMilliseconds, 5000)
        var (low, high) = (from, to)
        var isMoved = true
        while isMoved, low < high {
            isMoved = false
            for span in known where step(of: span, at: now) * 2 <= stepMilliseconds * 3 {
                if span.from.milliseconds(since: low) <= margin, span.to > low {
                    (low, isMoved) = (span.to, true)
                }
                if high.milliseconds(since: span.to) <= margin, span.from < high {
                    (high, isMoved) = (span.from, true)
                }
                guard low < high else { return nil }
            }
        }
        return high.milliseconds(since: low) > margin ? (low, high) : nil
    }

    /// What is older than the head keeps samples for is by the minute there, unless it has come just now.
    private func step(of span: Known, at now: Timestamp) -> Int64 {
        let isOld = now.milliseconds(since: span.from) > Self.fineMilliseconds
        let isFresh = now.milliseconds(since: span.at) < Self.expiryMilliseconds
        return isOld && !isFresh ? max(Self.minute, span.stepMilliseconds) : span.stepMilliseconds
    }
}
