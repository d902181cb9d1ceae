import Fleet
import Telemetry

extension LiveView {
    /// Whether lines of a host are among those that are shown.
    func includes(linesOf host: HostID) -> Bool {
        guard case .logs(let hosts) = subject else { return false }
        return hosts.isEmpty || hosts.contains(host)
    }
}
