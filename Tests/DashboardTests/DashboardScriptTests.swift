import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `A dashboard` {
    private let host = FixtureHost()

    private func started(_ options: Dashboard.Options = Dashboard.Options(usesUTC: true)) -> Dashboard {
        var dashboard = Dashboard(options, width: 120, height: 36, now: FixtureHost.noon)
        _ = dashboard.start()
        _ = dashboard.update(.hub(host.history(seconds: 600)), at: FixtureHost.noon)
        return dashboard
    }

    private func lines(_ dashboard: Dashboard) -> [String] {
        var buffer = CellBuffer(width: 120, height: 36)
        dashboard.draw(on: &buffer)
        return buffer.lines
    }

    @Test func `opens Fleet for several hosts and Host for one, and asks for that view first`() {
        var many = Dashboard(
            Dashboard.Options(hosts: ["web1", "web2"].map(HostID.init)), width: 80, height: 24,
            now: FixtureHost.noon)
        #expect(
            many.start() == [
                .watch(LiveView(subject: .fleet, windowMilliseconds: 900_000, stepMilliseconds: 15_000))
            ])
        var one = Dashboard(
            Dashboard.Options(hosts: [HostID("web1")]), width: 80, height: 24, now: FixtureHost.noon)
        #expect(
            one.start() == [
                .watch(
                    LiveView(
                        subject: .host(HostID("web1")), windowMilliseconds: 600_000, stepMilliseconds: 1000))
            ])
    }

    @Test func `shows the host and its state`() {
        let lines = lines(started())
        #expect(lines.contains { $0.contains("web-eu-017") }, "\(lines)")
        #expect(lines[0].contains("LIVE"))
    }
}
