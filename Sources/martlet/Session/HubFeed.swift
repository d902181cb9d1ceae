import CLinux
import Dashboard
import Fleet
import Glibc
import HubClient
import Synchronization
import Telemetry

/// The view that a screen watches, kept up against a hub that may come and go: what it tells waits here until the
/// screen's own loop takes it, and a pipe wakes that loop.
final class HubFeed: Sendable {
    private struct State {
        var updates: [LiveUpdate] = []
        /// Counts the views; what an older one still sends is left out.
        var generation = 0
        var task: Task<Void, Never>?
        var isWoken = false
        var orders: [OrderNews] = []
        /// What came of other wishes, in words.
        var said: [String] = []
        /// The newest board waits, and the answers.
        var alerts: [AlertNews] = []
        /// The newest list waits, and the answers and the output.
        var rollouts: [RolloutNews] = []
        /// What the hub has told of, or said that it has none.
        var known: Set<Subject> = []
        /// Follows the order that is looked at.
        var orderTask: Task<Void, Never>?
    }

    /// Readable while updates wait.
    let wake: Int32
    private let wakeEnd: Int32
    let hub: HubAccess
    private let state = Mutex(State())

    init(_ hub: HubAccess) throws(SessionError) {
        var ends: [Int32] = [-1, -1]
        let failure = clinux_pipe(&ends)
        guard failure == 0 else { throw .noPipe(errno: -failure) }
        (wake, wakeEnd) = (ends[0], ends[1])
        self.hub = hub
    }

    deinit {
        close(wake)
        close(wakeEnd)
    }

    /// Shows `view` from here on; what the one before has not said yet is dropped.
    func watch(_ view: LiveView) {
        let generation = begin()
        let task = Task { await self.follow(view, generation) }
        state.withLock { state in
            if state.generation == generation { state.task = task } else { task.cancel() }
        }
    }

    /// Stops following, so that nothing piles up while nobody looks.
    func pause() {
        _ = begin()
    }

    /// Has the hub dial a host again at once, where it waits to.
    func retry(_ host: HostID) {
        let hub = hub
        // A wish: a hub that does not hear it tries again by itself.
        Task { try? await hub.connect().retry([host.name]) }
    }

    /// Has the hub end the watch of hosts, and tells what came of it.
    func forget(_ hosts: [HostID]) {
        Task {
            let names = hosts.map(\.name)
            do {
                try await hub.connect().forget(names)
                push(said: "no longer watched: \(names.joined(separator: " "))")
            } catch HubClientError.refused(_, let reason) {
                push(said: reason)
            } catch {
                push(said: "\(error)")
            }
        }
    }

    private func push(said text: String) {
        state.withLock { state in
            state.said.append(text)
            wakeUp(&state)
        }
    }

    /// What came of wishes since the last call.
    func drainSaid() -> [String] {
        state.withLock { state in
            defer { state.said = [] }
            return state.said
        }
    }

    /// What came since the last call.
    func drain() -> [LiveUpdate] {
        state.withLock { state in
            if state.isWoken {
                var byte: UInt8 = 0
                while read(wake, &byte, 1) > 0 {}
                state.isWoken = false
            }
            defer { state.updates = [] }
            return state.updates
        }
    }

    // MARK: Orders

    /// What is said of orders since the last call.
    func drainOrders() -> [OrderNews] {
        state.withLock { state in
            defer { state.orders = [] }
            return state.orders
        }
    }

    /// What is said of alerts since the last call.
    func drainAlerts() -> [AlertNews] {
        state.withLock { state in
            defer { state.alerts = [] }
            return state.alerts
        }
    }

    func push(alerts news: AlertNews) {
        state.withLock { state in
            if case .board = news {
                state.alerts.removeAll { if case .board = $0 { true } else { false } }
                state.known.insert(.alerts)
            }
            state.alerts.append(news)
            wakeUp(&state)
        }
    }

    /// What is said of rollouts since the last call.
    func drainRollouts() -> [RolloutNews] {
        state.withLock { state in
            defer { state.rollouts = [] }
            return state.rollouts
        }
    }

    func push(rollouts news: RolloutNews) {
        state.withLock { state in
            if case .list = news {
                state.rollouts.removeAll { if case .list = $0 { true } else { false } }
                state.known.insert(.rollouts)
            }
            state.rollouts.append(news)
            wakeUp(&state)
        }
    }

    /// What a hub tells of at once, or says that it keeps none of.
    enum Subject: Hashable { case alerts, rollouts }

    /// Whether the hub has told of them, or said that it knows none.
    func knows(_ subject: Subject) -> Bool { state.withLock { $0.known.contains(subject) } }

    func learnThatThereAreNo(_ subject: Subject) {
        state.withLock { state in
            state.known.insert(subject)
            wakeUp(&state)
        }
    }

    /// Ends what followed the order before.
    func replaceOrderTask(_ task: Task<Void, Never>?) {
        state.withLock { state in
            state.orderTask?.cancel()
            state.orderTask = task
        }
    }

    /// How long hosts may take to be reached.
    private static let connectSeconds = 20

    func askActions(_ hosts: [HostID]) {
        tellOrders { client in
            let deadline = ContinuousClock.now + .seconds(Self.connectSeconds)
            while true {
                let listings = try await client.actions(hosts.map(\.name))
                let areReady = listings.allSatisfy(\.isConnected)
                guard !areReady, ContinuousClock.now < deadline, try await self.mayConnect(listings, client)
                else { return self.push(.listings(listings)) }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Whether one of the hosts that are not connected is being dialled.
    private func mayConnect(_ listings: [ActionListing], _ client: HubClient) async throws -> Bool {
        let away = Set(listings.filter { !$0.isConnected }.map(\.host))
        return try await client.hosts().contains { away.contains($0.host) && $0.state == .connecting }
    }

    func order(_ request: OrderRequest) {
        tellOrders { client in
            var mine = request
            mine.actor = SharedAccount.name(nil)
            let runs = try await client.order(mine)
            self.push(.updates(runs.map { .run($0) }))
            let open = runs.filter { !$0.state.isOver }.map(\.id)
            guard !open.isEmpty else { return }
            try await client.follow(orders: open) { self.push(.updates([$0])) }
        }
    }

    private func tellOrders(_ body: @escaping @Sendable (HubClient) async throws -> Void) {
        Task {
            do {
                try await body(try await hub.connect())
            } catch {
                push(.failed("\(error)"))
            }
        }
    }

    private func push(_ news: OrderNews) {
        state.withLock { state in
            state.orders.append(news)
            wakeUp(&state)
        }
    }

    private func wakeUp(_ state: inout State) {
        guard !state.isWoken else { return }
        state.isWoken = true
        var byte: UInt8 = 1
        _ = write(wakeEnd, &byte, 1)
    }

    private func begin() -> Int {
        state.withLock { state in
            state.generation += 1
            state.task?.cancel()
            state.task = nil
            state.updates = []
            return state.generation
        }
    }

    private func push(_ updates: [LiveUpdate], _ generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            state.updates += updates
            wakeUp(&state)
        }
    }

    /// Connects, follows, and connects again, until another view takes over.
    private func follow(_ view: LiveView, _ generation: Int) async {
        var backoffMilliseconds = 100
        while !Task.isCancelled {
            do {
                let client = try await hub.connect()
                backoffMilliseconds = 100
                try await follow(view, client, generation)
            } catch is CancellationError {
                return
            } catch {
                push([.hubLost(reason: "\(error)")], generation)
            }
            try? await Task.sleep(for: .milliseconds(backoffMilliseconds))
            backoffMilliseconds = min(backoffMilliseconds * 2, 5000)
        }
    }

    /// The view and the list of hosts, until either connection ends; a view of the past ends by itself, and then only
    /// the list goes on.
    private func follow(_ view: LiveView, _ client: HubClient, _ generation: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await client.states { summaries in self.push([.hosts(summaries)], generation) }
                throw HubClientError.closed(client.socketPath)
            }
            tasks.addTask { try await self.followMarks(client, generation) }
            tasks.addTask { try await self.followAlerts(client, generation) }
            tasks.addTask { try await self.followRollouts(client) }
            tasks.addTask {
                try await client.live(view) { updates in self.push(updates, generation) }
                if view.end == nil { throw HubClientError.closed(client.socketPath) }
            }
            while try await tasks.next() != nil {}
        }
    }
}

extension HubFeed {
    /// The marks on charts; of a hub that keeps none there are none.
    private func followMarks(_ client: HubClient, _ generation: Int) async throws {
        do {
            try await client.liveMarks { self.push([.marks($0)], generation) }
        } catch HubClientError.refused {
            return push([.marks([])], generation)
        }
        throw HubClientError.closed(client.socketPath)
    }
}

/// Why a screen cannot be opened.
enum SessionError: Error, CustomStringConvertible {
    case noPipe(errno: Int32)
    case noSignals(errno: Int32)

    var description: String {
        switch self {
        case .noPipe(let code):
            "no pipe could be made (errno \(code)); raise the limit of open files: ulimit -n"
        case .noSignals(let code):
            "signals cannot be watched (errno \(code)); raise the limit of open files: ulimit -n"
        }
    }
}
