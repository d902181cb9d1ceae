import Archive
import Fleet
import Foundation
import Telemetry

/// How alerts and hooks lie in the journal: documents by kind, each a JSON object.
///
///     alert     fingerprint      SavedAlert         evaluation  clock   EvaluationClock
///     notice    hook/number/n    HookNotice         run         number  HookRun          outbox  clock  lastRun
///     told      hook/alert       HookTold           gather      hook    HookGather
///     silence   id               Silence            ack         fingerprint
///
/// Entries of kind `event` are AlertEvents, those of kind `report` HookReports.
enum AlertStore {
    struct EvaluationClock: Codable {
        var evaluatedMilliseconds: Int64
        var lastNumber: Int64
    }

    static func changes(for changes: AlertChanges) -> [JournalChange] {
        let clock = EvaluationClock(
            evaluatedMilliseconds: changes.evaluatedMilliseconds, lastNumber: changes.lastNumber)
        var found: [JournalChange] = [.put(kind: "evaluation", id: "clock", body: json(clock))]
        for saved in changes.changed {
            found.append(.put(kind: "alert", id: saved.alert.key.fingerprint, body: json(saved)))
        }
        for key in changes.closed {
            found.append(.remove(kind: "alert", id: key.fingerprint))
            found.append(.remove(kind: "ack", id: key.fingerprint))
        }
        for transition in changes.transitions {
            let kind: AlertEvent.Kind
            switch transition.kind {
            case .firing: kind = .firing
            case .resolved: kind = .resolved
            case .pending, .unmuted, .dropped: continue
            }
            let alert = transition.alert
            found.append(
                event(
                    AlertEvent(
                        kind: kind, at: transition.at, id: alert.id, subject: alert.name, place: alert.place,
                        severity: alert.severity, text: alert.summary)))
        }
        return found
    }

    static func change(_ change: OutboxChange) -> [JournalChange] {
        switch change {
        case .putNotice(let notice): [.put(kind: "notice", id: notice.id, body: json(notice))]
        case .removeNotice(let notice): [.remove(kind: "notice", id: notice.id)]
        case .putRun(let run, let lastRun):
            [
                .put(kind: "run", id: run.id, body: json(run)),
                .put(kind: "outbox", id: "clock", body: "\(lastRun)"),
            ]
        case .removeRun(let run): [.remove(kind: "run", id: run.id)]
        case .putTold(let told): [.put(kind: "told", id: told.subject.id, body: json(told))]
        case .removeTold(let told): [.remove(kind: "told", id: told.subject.id)]
        case .putGather(let gather): [.put(kind: "gather", id: gather.hook, body: json(gather))]
        }
    }

    static func event(_ event: AlertEvent) -> JournalChange {
        .append(kind: "event", subject: event.id, time: event.at, body: json(event))
    }

    static func report(_ report: HookReport) -> JournalChange {
        .append(kind: "report", subject: report.hook, time: report.at, body: json(report))
    }

    static func savedAlerts(_ journal: Journal) async throws(JournalError) -> SavedAlerts {
        let clocks: [EvaluationClock] = try await all("evaluation", journal)
        return SavedAlerts(
            evaluatedMilliseconds: clocks.first?.evaluatedMilliseconds ?? 0,
            lastNumber: clocks.first?.lastNumber ?? 0, open: try await all("alert", journal))
    }

    /// What of a kind is so now; a body that this build cannot read is left out.
    static func all<Value: Decodable>(_ kind: String, _ journal: Journal) async throws(JournalError)
        -> [Value]
    {
        try await journal.documents(kind).compactMap { value($0.body) }
    }

    static func value<Value: Decodable>(_ body: String) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(body.utf8))
    }

    static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our own nouns of finite numbers and text: none of them can be refused.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
