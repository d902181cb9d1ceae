import Fleet
import Telemetry

/// What the time bar is worked out from: while it is the same, nothing has to be read anew.
struct WindowBasis: Hashable, Sendable {
    let view: LiveView
    /// The step that holds the moment looked at.
    let lastStep: Int64
    private let listVersion: FleetState.ListVersion
    /// Whether the window's history has come whole.
    let isComplete: Bool

    init(_ context: ScreenContext) {
        view = context.state.view
        lastStep = Self.step(of: context.time, context.state.view)
        listVersion = context.state.listVersion
        isComplete = context.state.isComplete
    }

    func step(of time: Timestamp) -> Int64 { Self.step(of: time, view) }

    /// The moment at which a step ends; that of any number is a moment.
    func end(ofStep step: Int64) -> Timestamp {
        let (milliseconds, overflow) = step.multipliedReportingOverflow(by: view.stepMilliseconds)
        return Timestamp(milliseconds: overflow ? (step < 0 ? .min : .max) : milliseconds)
    }

    private static func step(of time: Timestamp, _ view: LiveView) -> Int64 {
        SignalHistory(stepMilliseconds: view.stepMilliseconds, capacity: 1).step(of: time)
    }

    /// Steps of the window.
    var stepCount: Int {
        min(Int(clamping: view.windowMilliseconds / max(1, view.stepMilliseconds)), Self.stepsMax)
    }

    private static let stepsMax = 1000
}

extension ScreenContext {
    /// The hosts that the time bar is about: that of the Host screen, else those in scope.
    var hostsOfTimeBar: [HostState] {
        if let host { return state[host].map { [$0] } ?? [] }
        guard let scope else { return state.hosts }
        return state.hosts.filter { scope.contains($0.id) }
    }
}
