import ArgumentParser
import Fleet

/// `--since` of the commands that look back: a length of time before now.
enum SinceSpan {
    /// In milliseconds; `days` is as far as what is asked about reaches, and the refusal says so.
    static func milliseconds(_ text: String, days: Int64) throws -> Int64 {
        let span: Duration
        do throws(WrittenValue.Refusal) {
            span = try WrittenValue.duration(text)
        } catch {
            throw ValidationError("--since: \(error)")
        }
        guard (Duration.seconds(1) ... .seconds(days * 86_400)).contains(span) else {
            throw ValidationError("--since: \(text) is not from 1s to \(days)d, which is what the hub keeps")
        }
        return Int64(span / .milliseconds(1))
    }
}
