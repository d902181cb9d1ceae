import Fleet
import Foundation
import Telemetry
import Testing

@Suite struct `An alert's nouns` {
    private let alert = Alert(
        id: "a41f", key: AlertKey("DiskFull", ["host": "db1", "mount": "/"]), labels: ["team": "shop"],
        severity: .critical, state: .firing, since: Timestamp(milliseconds: 1000),
        firedAt: Timestamp(milliseconds: 2000), value: 0.98, valueText: "98%", hooks: ["page"],
        noDataSince: Timestamp(milliseconds: 3000), mutedBy: [.action],
        acknowledged: Acknowledgement(by: "ana", at: Timestamp(milliseconds: 4000)))

    @Test func `come back from JSON as they were`() throws {
        let saved = SavedAlert(
            alert: alert, held: .running(since: 7), clear: .stopped(milliseconds: 5), missing: nil)
        let transition = AlertTransition(
            number: 17, kind: .firing, at: Timestamp(milliseconds: 9), alert: alert, isNotice: true)
        let changes = AlertChanges(
            evaluatedMilliseconds: 12, lastNumber: 17, transitions: [transition], changed: [saved],
            closed: [AlertKey("CpuBusy", ["host": "db1"])])
        let data = try JSONEncoder().encode(changes)
        #expect(try JSONDecoder().decode(AlertChanges.self, from: data) == changes)
        let all = SavedAlerts(evaluatedMilliseconds: 12, lastNumber: 17, open: [saved])
        let state = try JSONEncoder().encode(all)
        #expect(try JSONDecoder().decode(SavedAlerts.self, from: state) == all)
    }

    @Test func `have a fingerprint that is the same on every run and another for other labels`() {
        #expect(alert.key.fingerprint == AlertKey("DiskFull", ["mount": "/", "host": "db1"]).fingerprint)
        #expect(alert.key.fingerprint.utf8.count == 16)
        let others = [
            AlertKey("DiskFull", ["host": "db1", "mount": "/a"]), AlertKey("DiskFull", ["host": "db1"]),
            AlertKey("DiskFul", ["lhost": "db1", "mount": "/"]),
        ]
        for other in others { #expect(other.fingerprint != alert.key.fingerprint) }
    }

    @Test func `say when a clock runs and when it stands`() {
        let running = HoldClock.running(since: 100)
        #expect(running.milliseconds(at: 350) == 250)
        let stopped = running.stopped(at: 350)
        #expect(stopped == .stopped(milliseconds: 250))
        #expect(stopped.milliseconds(at: 9999) == 250)
        #expect(stopped.running(at: 1000).milliseconds(at: 1010) == 260)
        #expect(stopped.stopped(at: 5000) == stopped)
    }

    @Test func `know which severity is worse`() {
        #expect(Severity.allCases.sorted() == [.info, .warning, .critical])
    }
}
