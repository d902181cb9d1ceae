import ArgumentParser
import Dashboard
import Fleet
import Foundation
import Telemetry

/// `--since` and `--until` of the commands that look back: a length of time before now, or a moment as `@` takes it.
enum SinceSpan {
    static let help = "8h, 02:41, yesterday 02:41"

    /// A moment; `days` is as far back as what is asked about reaches, and the refusal says so.
    static func moment(_ text: String, of option: String, days: Int64, now: Timestamp) throws -> Timestamp {
        let found: Timestamp
        let length = try? WrittenValue.duration(text)
        if let length {
            guard length <= .seconds(days * 86_400) else { throw tooFar(text, option, days) }
            found = now.advanced(byMilliseconds: -Int64(length / .milliseconds(1)))
        } else {
            let offset = TimeZone.current.secondsFromGMT(
                for: Date(timeIntervalSince1970: Double(now.milliseconds) / 1000))
            switch MomentText.read(text, now: now, offsetSeconds: offset) {
            case .success(.now): found = now
            case .success(.moment(let moment)): found = moment
            case .failure:
                throw ValidationError(
                    "\(option): \"\(text)\" is neither a length of time nor a moment: write \(help) or 2026-08-01 02:41"
                )
            }
        }
        guard found <= now else { throw ValidationError("\(option): \(text) has not come yet") }
        guard now.milliseconds(since: found) <= days * 86_400_000 else { throw tooFar(text, option, days) }
        return found
    }

    /// From `--since` to `--until`, or until now.
    static func span(
        since: String, until: String?, days: Int64, now: Timestamp = DashboardSession.now()
    ) throws -> (from: Timestamp, to: Timestamp) {
        let from = try moment(since, of: "--since", days: days, now: now)
        let to = try until.map { try moment($0, of: "--until", days: days, now: now) } ?? now
        guard from < to else {
            throw ValidationError(
                "--since: \(since) is not before \(until.map { "--until \($0)" } ?? "now")")
        }
        return (from, to)
    }

    private static func tooFar(_ text: String, _ option: String, _ days: Int64) -> ValidationError {
        ValidationError("\(option): \(text) is more than \(days)d ago, which is as far as is kept")
    }
}
