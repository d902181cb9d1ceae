package import Telemetry

/// Something besides the probes that waits on a descriptor of its own: a helper's pipe, the D-Bus socket.
package protocol LoopSource: AnyObject {
    /// Waited on for reading; negative while there is nothing to wait for.
    var descriptor: Int32 { get }
    /// Whether somebody has been asked and has not answered yet.
    var awaitsAnswer: Bool { get }
    func readable()
    /// Called at each tick, before the probes are read.
    func tick(at now: TickTime)
}

extension LoopSource {
    package var awaitsAnswer: Bool { descriptor >= 0 }
    package func tick(at now: TickTime) {}
}

/// Reads the process table now and then; nil when this round is not one of its own.
package protocol ProcessSource: AnyObject {
    var wantsAllProcesses: Bool { get set }
    func scan(at now: TickTime) -> ProcessTable?
}
