import ArgumentParser
import Fleet
import Foundation
import HubClient
import Synchronization
import Telemetry

/// Follows orders until each has ended, while somebody waits for them.
struct OrderFollow {
    let runs: [OrderRun]
    let client: HubClient
    let format: ListFormat
    let patience: OrderPatience

    /// What ended the waiting.
    private enum End: Sendable {
        case over
        /// Those that are waited for no longer; the others have ended.
        case away([OrderRun])
        case signal
    }

    /// Between two looks at who is away.
    private static let lookSeconds = 1

    /// Prints what comes; the orders as they stand when all have ended, or when those whose hosts stay away have had their time.
    /// ctrl-c ends the waiting alone, with its own exit status.
    func end() async throws -> [OrderRun] {
        let open = runs.filter { !$0.state.isOver }
        guard !open.isEmpty else { return runs }
        let end: End
        do {
            end = try await wait(open)
        } catch {
            ActionFailure.complain("action run", "\(error)")
            ActionFailure.complain("action run", Self.later(open))
            throw ExitStatus.of(error)
        }
        let last = try await client.orders(runs.map(\.id))
        switch end {
        case .over: return last
        case .away(let unknown):
            let known = Dictionary(unknown.map { ($0.id, $0) }) { first, _ in first }
            let merged = last.map { $0.state.isOver ? $0 : known[$0.id] ?? $0 }
            let still = last.filter { !$0.state.isOver }.compactMap { known[$0.id] }
            for run in still { ActionFailure.complain("action run", run.text) }
            if !still.isEmpty {
                ActionFailure.complain("action run", Self.later(still, "waits no longer for"))
            }
            return merged
        case .signal:
            let still = last.filter { !$0.state.isOver }
            guard !still.isEmpty else { return last }
            ActionFailure.complain("action run", Self.later(still))
            throw ExitStatus.undecided
        }
    }

    /// What may go on without us, and how to look at it later.
    static func later(_ open: [OrderRun], _ what: String = "goes on without this command:") -> String {
        let shown = open.prefix(namesMax).map {
            "\($0.action) on \($0.host) (\($0.id.prefix(ListText.idLength)))"
        }
        let more = open.count > namesMax ? " and \(open.count - namesMax) more" : ""
        return """
            \(what) \(shown.joined(separator: ", "))\(more)
            later: `martlet action cancel` lists what goes on, `martlet audit` says how it ended
            """
    }

    private static let namesMax = 5

    private func wait(_ open: [OrderRun]) async throws -> End {
        let progress = OrderProgress(open, OrderPrinter(runs, format: format))
        let signals = WaitingSignals()
        defer { signals.end() }
        return try await withThrowingTaskGroup(of: End?.self) { tasks in
            tasks.addTask {
                try await client.follow(orders: open.map(\.id)) { update in
                    let text = progress.take(update)
                    if !text.isEmpty { FileHandle.standardOutput.write(Data(text.utf8)) }
                }
                return .over
            }
            tasks.addTask { await lookAfter(progress) }
            tasks.addTask { await signals.first().map { _ in .signal } }
            defer { tasks.cancelAll() }
            for try await end in tasks {
                if let end { return end }
            }
            return .over
        }
    }

    /// Until no order is left that can still be waited for.
    private func lookAfter(_ progress: OrderProgress) async -> End? {
        var patience = patience
        var unknown: [OrderRun] = []
        while !Task.isCancelled {
            // A hub that does not answer is what the following finds out.
            if let hosts = try? await client.hosts() {
                let runs = progress.open
                let finding = patience.look(runs, hosts, at: DashboardSession.now().milliseconds)
                for words in finding.words { ActionFailure.complain("action run", words) }
                unknown += finding.givenUp
                let left = Set(runs.map(\.id)).subtracting(unknown.map(\.id))
                if !unknown.isEmpty, left.isEmpty { return .away(unknown) }
            }
            try? await Task.sleep(for: .seconds(Self.lookSeconds))
        }
        return nil
    }
}

/// What the hub told of orders, for the tasks of one waiting.
private final class OrderProgress: Sendable {
    /// The orders as they were told of last, and what has been printed.
    private struct State {
        var newest: [String: OrderRun]
        var printer: OrderPrinter
    }

    private let state: Mutex<State>

    init(_ runs: [OrderRun], _ printer: OrderPrinter) {
        let newest = Dictionary(runs.map { ($0.id, $0) }) { first, _ in first }
        state = Mutex(State(newest: newest, printer: printer))
    }

    /// What is to be printed of it.
    func take(_ update: OrderUpdate) -> String {
        state.withLock { state in
            if case .run(let run) = update { state.newest[run.id] = run }
            return state.printer.text(of: update)
        }
    }

    /// Those that go on, in the order in which they were given.
    var open: [OrderRun] {
        state.withLock { Array($0.newest.values) }.filter { !$0.state.isOver }
            .sorted { $0.sequence < $1.sequence }
    }
}
