import ArgumentParser
import Dashboard
import Fleet
import Foundation
import HubClient
import Telemetry

/// `--since` and `--until` of the commands that look back: a length of time before now, a moment as `@` takes it, or the id of
/// what happened then.
struct SinceSpan {
    static let help = "8h, 02:41, yesterday 02:41, or an alert's id"

    let since: String
    var until: String?
    /// As far back as what is asked about reaches; the refusal says so.
    let days: Int64

    /// What a word says by itself; an id only the hub knows.
    private enum Word {
        case moment(Timestamp)
        case id(String)
    }

    /// Throws what is wrong with the words; whether an id is known shows later.
    func check(now: Timestamp = DashboardSession.now()) throws {
        let from = try word(since, of: "--since", now)
        let to = try until.map { try word($0, of: "--until", now) } ?? .moment(now)
        guard case (.moment(let from), .moment(let to)) = (from, to) else { return }
        _ = try ordered(from, to)
    }

    /// From `--since` to `--until`, or until now.
    func moments(
        _ client: HubClient, now: Timestamp = DashboardSession.now()
    ) async throws -> (from: Timestamp, to: Timestamp) {
        let from = try await moment(try word(since, of: "--since", now), of: "--since", client, now)
        guard let until else { return try ordered(from, now) }
        let to = try await moment(try word(until, of: "--until", now), of: "--until", client, now)
        return try ordered(from, to)
    }

    private func ordered(_ from: Timestamp, _ to: Timestamp) throws -> (from: Timestamp, to: Timestamp) {
        guard from < to else {
            throw ValidationError(
                "--since: \(since) is not before \(until.map { "--until \($0)" } ?? "now")")
        }
        return (from, to)
    }

    private func moment(
        _ word: Word, of option: String, _ client: HubClient, _ now: Timestamp
    ) async throws -> Timestamp {
        switch word {
        case .moment(let moment): return moment
        case .id(let id):
            guard let known = try await KnownMoment.find(id, in: client) else {
                guard (try? WrittenValue.duration(id)) == nil else { throw tooFar(id, option) }
                throw UnknownMoment(id: id, option: option)
            }
            guard now.milliseconds(since: known.time) <= days * 86_400_000 else { throw tooFar(id, option) }
            return known.time
        }
    }

    private func word(_ text: String, of option: String, _ now: Timestamp) throws -> Word {
        let found: Timestamp
        if let length = try? WrittenValue.duration(text) {
            guard length <= .seconds(days * 86_400) else {
                // `123d` may be the id that an alert has.
                if KnownMoment.isID(text) { return .id(text) }
                throw tooFar(text, option)
            }
            found = now.advanced(byMilliseconds: -Int64(length / .milliseconds(1)))
        } else {
            let offset = TimeZone.current.secondsFromGMT(
                for: Date(timeIntervalSince1970: Double(now.milliseconds) / 1000))
            switch MomentText.read(text, now: now, offsetSeconds: offset) {
            case .success(.now): found = now
            case .success(.moment(let moment)): found = moment
            case .failure where KnownMoment.isID(text): return .id(text)
            case .failure:
                throw ValidationError(
                    "\(option): \"\(text)\" is neither a length of time nor a moment: write \(Self.help), "
                        + "or 2026-08-01 02:41")
            }
        }
        guard found <= now else { throw ValidationError("\(option): \(text) has not come yet") }
        guard now.milliseconds(since: found) <= days * 86_400_000 else { throw tooFar(text, option) }
        return .moment(found)
    }

    private func tooFar(_ text: String, _ option: String) -> ValidationError {
        ValidationError("\(option): \(text) is more than \(days)d ago, which is as far as is kept")
    }
}
