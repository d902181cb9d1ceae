package import Fleet
package import Telemetry

extension Dashboard {
    /// What the command line and the machine decide before the first frame.
    package struct Options: Sendable {
        /// The host that this machine is; a shell on it needs no ssh.
        package var localHost: HostID?
        /// The hosts that were named; one opens Host, several or none the Fleet of them.
        package var hosts: [HostID]
        /// What the query bar holds at the start.
        package var query: String
        /// Opens this screen instead of the one that follows from `hosts`.
        package var screen: ScreenID?
        /// Shows the past from the start, as `--at` asks.
        package var at: Timestamp?
        /// No command that changes anything on a host.
        package var isReadOnly: Bool
        /// What the zone adds to UTC, in seconds; 0 with ``usesUTC``.
        package var offsetSeconds: Int
        package var usesUTC: Bool
        /// Rings the bell for new alerts from this severity on; nil for none.
        package var bell: Severity?
        /// The same for notifications of the terminal.
        package var notification: Severity?

        package init(
            localHost: HostID? = nil, hosts: [HostID] = [], query: String = "", screen: ScreenID? = nil,
            at: Timestamp? = nil, isReadOnly: Bool = false, offsetSeconds: Int = 0, usesUTC: Bool = false,
            bell: Severity? = nil, notification: Severity? = nil
        ) {
            self.localHost = localHost
            self.hosts = hosts
            self.query = query
            self.screen = screen
            self.at = at
            self.isReadOnly = isReadOnly
            self.offsetSeconds = usesUTC ? 0 : offsetSeconds
            self.usesUTC = usesUTC
            self.bell = bell
            self.notification = notification
        }
    }
}
