import ArgumentParser
import Fleet
import Foundation
import HubClient
import Synchronization

/// Follows a rollout until it ends, while somebody waits for it.
struct RolloutFollow {
    let started: RolloutView
    /// Whether it was printed as it stood at first.
    let isPrinted: Bool
    let client: HubClient
    let format: ListFormat

    /// What ended the waiting.
    private enum End: Sendable {
        case final(RolloutView)
        case timeout
        case signal(Int32)
        /// The hub has not answered for a while.
        case lost(reason: String)
    }

    /// A hub that was killed may be started again by whoever keeps it running.
    private static let absenceSeconds = 30

    /// Prints what happens until it ends, `timeout` is over, somebody presses ctrl-c, or the hub is away. Throws the exit
    /// status; where `tells` is false, only for a hub that is away.
    func end(timeout: Duration?, tells: Bool) async throws {
        let command = "martlet rollout attach \(started.id)\(tells ? " --wait" : "")"
        switch await wait(timeout) {
        case .final(let rollout):
            guard tells, rollout.state.exitStatus != 0 else { return }
            throw ExitCode(rollout.state.exitStatus)
        case .timeout:
            ActionFailure.complain("rollout", "the time is over; \(started.title) goes on: \(command)")
            throw ExitCode(RolloutView.State.running.exitStatus)
        case .signal:
            ActionFailure.complain("rollout", "\(started.title) goes on: \(command)")
            if tells { throw ExitCode(RolloutView.State.running.exitStatus) }
        case .lost(let reason):
            ActionFailure.complain(
                "rollout", "\(reason); \(started.title) goes on where a hub runs: \(command)")
            throw ExitStatus.unreachable
        }
    }

    private func wait(_ timeout: Duration?) async -> End {
        let signals = WaitingSignals()
        defer { signals.end() }
        return await withTaskGroup(of: End?.self) { tasks in
            tasks.addTask { await watch() }
            tasks.addTask {
                guard let timeout else { return nil }
                try? await Task.sleep(for: timeout)
                return .timeout
            }
            tasks.addTask { await signals.first().map { .signal($0) } }
            defer { tasks.cancelAll() }
            for await end in tasks {
                if let end { return end }
            }
            return .lost(reason: "the waiting was ended")
        }
    }

    /// Until it is over, or no hub has answered for a while.
    private func watch() async -> End? {
        let printer = Mutex(RolloutPrinter(format: format, isPrinted: isPrinted ? started : nil))
        var away: ContinuousClock.Instant?
        while !Task.isCancelled {
            let seen = Mutex<RolloutView?>(nil)
            var reason = "the hub ended the connection"
            do {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    let (views, stream) = AsyncStream.makeStream(
                        of: RolloutView.self, bufferingPolicy: .bufferingNewest(256))
                    tasks.addTask {
                        defer { stream.finish() }
                        try await client.liveRollouts { rollouts in
                            for rollout in rollouts where rollout.id == started.id { stream.yield(rollout) }
                        }
                    }
                    for await view in views {
                        seen.withLock { $0 = view }
                        let text = printer.withLock { $0.text(of: view, at: RolloutCall.now()) }
                        if !text.isEmpty { FileHandle.standardOutput.write(Data(text.utf8)) }
                        if view.state.isFinal { break }
                    }
                    tasks.cancelAll()
                    try await tasks.waitForAll()
                }
            } catch {
                reason = "\(error)"
            }
            let last = seen.withLock { $0 }
            if let last, last.state.isFinal { return .final(last) }
            guard !Task.isCancelled else { return nil }
            let now = ContinuousClock.now
            if last != nil { away = nil }
            if away == nil {
                away = now
                ActionFailure.complain("rollout", "\(reason); waits for the hub to come back")
            }
            if let away, now - away >= .seconds(Self.absenceSeconds) { return .lost(reason: reason) }
            try? await Task.sleep(for: .milliseconds(500))
        }
        return nil
    }
}

/// Views of one rollout as text for people, or as objects.
struct RolloutPrinter {
    private let format: ListFormat
    private var lines = RolloutLines()
    private var last: RolloutView?

    init(format: ListFormat, isPrinted: RolloutView? = nil) {
        self.format = format
        last = isPrinted
        // What was printed is not told again.
        if let isPrinted { _ = lines.lines(of: isPrinted, at: 0) }
    }

    mutating func text(of view: RolloutView, at now: Int64) -> String {
        guard view != last else { return "" }
        last = view
        guard format == .table else { return ((try? ListText.json(view)) ?? "") + "\n" }
        return lines.lines(of: view, at: now).map { $0 + "\n" }.joined()
    }
}
