package import Canvas
package import Fleet
package import Telemetry

/// What happens to a dashboard. Each comes with the time at which it came, because the dashboard reads no clock.
package enum Message: Hashable, Sendable {
    case input(InputEvent)
    /// What the hub said since the last message, in order.
    case hub([LiveUpdate])
    /// Time has passed: sent once a second, and at the moment that ``Dashboard/wakeTime`` names.
    case clock
    /// The shell or ssh that ``Effect/openShell(host:)`` started has ended; how, as a shell's exit status.
    case shellEnded(status: Int32)
    /// What became of ``Effect/askActions(hosts:)`` and ``Effect/order(_:)``.
    case orders(OrderNews)
    /// What the hub says of alerts, and what became of ``Effect/alert(_:)``.
    case alerts(AlertNews)
    /// What the hub says of rollouts, and what became of ``Effect/rollout(_:)``,
    /// ``Effect/start(_:)`` and ``Effect/followOrder(_:)``.
    case rollouts(RolloutNews)
    /// What became of ``Effect/forget(hosts:)``, in words.
    case said(String)
    /// A frame was drawn: sent where ``Dashboard/awaitsFrame`` asked for it.
    case drawn
}

/// What the dashboard wants done; the session in `martlet` does it.
package enum Effect: Hashable, Sendable {
    /// Show this view from here on, instead of the one before. After it no ``Message/hub(_:)`` may hold what was said
    /// of the earlier view; when the hub was lost and is found again the session asks for the last one anew.
    case watch(LiveView)
    /// Give the terminal to an ssh to the host, or to a shell where the host is this machine.
    case openShell(host: HostID)
    /// Ask the hub what these hosts let others start.
    case askActions(hosts: [HostID])
    /// Have the hub end the watch of hosts that hosts.yaml does not name.
    case forget(hosts: [HostID])
    /// Order an action, and tell what becomes of it until its end.
    case order(OrderRequest)
    /// Ask the hub about alerts, in the name of whoever sits here.
    case alert(AlertRequest)
    /// Say this to a rollout, in the name of whoever sits here.
    case rollout(RolloutOrderRequest)
    /// Ask the hub what it would take to start a rollout, or start it.
    case start(StartQuestion)
    /// Tell from here on what this order says, instead of the one before; of none for nil.
    case followOrder(String?)
    /// Have the terminal notify its user, where it can (OSC 9).
    case notify(String)
    /// Put a text on the clipboard, where the terminal can (OSC 52).
    case copy(String)
    /// Stop this job, as ctrl-z does.
    case suspend
    /// Draw the next frame whole, as ctrl-l asks.
    case repaint
    case setMouse(Bool)
    case bell
    /// End the screen; the hub goes on.
    case quit
}
