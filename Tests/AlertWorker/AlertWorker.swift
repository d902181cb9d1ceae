import Archive
import Fleet
import Foundation
import Glibc
import Hub
import HubSupport
import Logging
import Telemetry
import TestSupport

/// A hub with rules, hooks and a journal, and hosts that it invents, which the kill tests start and kill.
///
///     AlertWorker FOLDER SEED STEPS     lives the timeline from where the one before it in FOLDER was killed; at its end
///                                       it waits for its hooks and prints all that is to be the same
@main struct AlertWorker {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 4, let seed = UInt64(words[2]), let steps = Int(words[3]) else {
            print("usage: AlertWorker FOLDER SEED STEPS")
            exit(64)
        }
        // Tests that are themselves killed leave nobody to end this.
        let parent = getppid()
        var life = try await Life(words[1], AlertTimeline(seed: seed, steps: steps))
        while try await life.step() { if getppid() != parent { exit(1) } }
        print(try await life.end())
    }
}

/// One hub from its start to its end, or to its being killed.
struct Life {
    private let timeline: AlertTimeline
    private let fleet: SimulatedFleet
    private let journal: Journal
    private let notifier: Notifier
    private var delivery: AlertDelivery
    private var next: Int
    /// What people have done already, by what they are called in its events.
    private var done: Set<String>

    private static let began: Int64 = 1_900_000_000_000

    init(_ folder: String, _ timeline: AlertTimeline) async throws {
        self.timeline = timeline
        let logger = Logger(label: "worker") { _ in SwiftLogNoOpLogHandler() }
        let book = try timeline.book()
        journal = try Journal(path: "\(folder)/journal.db", reserveBytes: 0)
        fleet = SimulatedFleet(wallMilliseconds: Self.began, steadyMilliseconds: 0)
        notifier = Notifier(
            journal: journal, notes: "\(folder)/hooks",
            setup: Notifier.Setup(settings: book.hooks, folder: folder, runsHooks: true),
            // What hooks wait for in seconds passes in hundredths.
            clock: HubClock(
                now: fleet.clock.now, steadyMilliseconds: { 100 * HubClock.system.steadyMilliseconds() }),
            logger: logger)
        try await notifier.restore()
        await notifier.begin()
        delivery = AlertDelivery(journal: notifier, notices: notifier, logger: logger)
        done = Set(try await Self.events(journal).map(\.by))
        // Evaluations' own time says which step was the last that changed anything: those behind it change nothing again.
        let saved = try await notifier.savedAlerts()
        next = Int(saved.evaluatedMilliseconds / 1000) + 1
        await fleet.pass(Int64(next) * 1000)
        await fleet.begin(book, hosts: AlertTimeline.hosts, saved: saved)
    }

    private static func events(_ journal: Journal) async throws -> [AlertEvent] {
        try await journal.entries(
            ["event"], from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: .max)
        ).map { try JSONDecoder().decode(AlertEvent.self, from: Data($0.body.utf8)) }
    }

    /// A second of all hosts, of the evaluation and of people; false at the end.
    mutating func step() async throws -> Bool {
        guard next <= timeline.steps else { return false }
        for (place, host) in AlertTimeline.hosts.enumerated() {
            await fleet.send(host, timeline.values(of: place, step: next))
        }
        await fleet.core.evaluate()
        for change in await fleet.takeChanges() { await delivery.take(change) }
        await notifier.tick()
        if let deed = timeline.deed(at: next), !done.contains("person-\(next)") {
            try await carryOut(deed, by: "person-\(next)")
        }
        next += 1
        await fleet.pass(1000)
        return true
    }

    private func carryOut(_ deed: AlertTimeline.Deed, by: String) async throws {
        switch deed {
        case .acknowledge(let name, let host):
            let open = await notifier.board().alerts.first { $0.name == name && $0.host == host }
            if let open { _ = try await notifier.acknowledge(open.id, by: by, note: "on it") }
        case .silence(let selector):
            await settle()
            _ = try await notifier.silence(selector, milliseconds: 360_000_000, by: by, note: "")
        case .expire(let selector):
            let silence = await notifier.board().silences.first { $0.selector == selector }
            if let silence { _ = try await notifier.expire(silence.id, by: by) }
        }
    }

    /// Until nothing waits to be told.
    private func settle() async {
        _ = await Eventually.comes(within: 60) {
            await notifier.tick()
            return await notifier.isIdle
        }
    }

    /// What is open, acknowledged, silenced, told and kept, line by line; but for what chance names.
    func end() async throws -> String {
        await settle()
        let board = await notifier.board()
        var lines = board.alerts.map { "\(Self.timeless($0))" }
        lines += board.silences.map { "silence \($0.selector) \($0.from) \($0.until) \($0.by)" }
        lines += try await Self.events(journal).map { event in
            let id = event.kind == .silenced || event.kind == .expired ? "" : event.id
            // The value at which something ended is not kept with each of its values.
            let text = event.kind == .resolved ? "" : event.text
            return "\(event.kind) \(event.at) \(id) \(event.subject) \(event.place) \(event.by) \(text)"
        }
        for var saved in try await notifier.savedAlerts().open {
            saved.alert = Self.timeless(saved.alert)
            lines.append("\(saved)")
        }
        for document in try await journal.documents("told") {
            var known = try JSONDecoder().decode(HookTold.self, from: Data(document.body.utf8))
            // Which life a hook's run ended in is chance.
            known.at = nil
            lines.append("told \(document.id) \(known)")
        }
        for kind in ["evaluation", "ack", "notice", "run"] {
            lines += try await journal.documents(kind).map { "\(kind) \($0.id) \($0.body)" }
        }
        return lines.joined(separator: "\n")
    }

    /// Without its value: the journal has the one of its last change and not each, so that a hub that begins while something
    /// fires and no longer holds knows an older one. The one at which it fired is in its event.
    private static func timeless(_ alert: Alert) -> Alert {
        var alert = alert
        (alert.value, alert.valueText, alert.summary) = (nil, "", "")
        return alert
    }
}
