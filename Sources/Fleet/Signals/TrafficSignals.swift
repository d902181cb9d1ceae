/// The series and labels of the views ``LiveView/Subject/traffic(host:)`` and ``LiveView/Subject/logs(hosts:)``.
///
///     http.requests.rate  {service, route, method, code}   requests a second, a value
///     http.duration       {service, route, method}         seconds, a histogram of the step
///     db.slow_rate        {service}                        slow statements a second, a value
///     db.duration         {service}                        seconds, a histogram of the slow statements alone
///     log.rate            {service} or {service, level}    lines a second, a value
///     log.unparsed_ratio  {service}                        share of lines in an unknown form, a value
///     http.aborts.rate    {service}                        requests a second that their clients gave up, a value
///     http.checks.rate    {service}                        requests a second of checks of health, a value
///     log.lag             {service}                        bytes of a log that are not read yet, a value
///     log.files           {service}                        files of a log that are there, a value
///     log.unreadable      {service}                        those of them that cannot be read, a value
///
/// `code` is the status as three digits, or `none` where a request never got one. A service that had no request in a step
/// still has one value of the step, a zero: what has no value at all is a gap. Events of the kind
/// ``LogEventKind/errorSample`` and ``LogEventKind/line`` have the labels service, and where they are known route, method,
/// code, level, path (the log's own) and count (how many lines like it the example stands for).
package enum TrafficSignals {
    package static let requests = "http.requests.rate"
    package static let duration = "http.duration"
    package static let slowStatements = "db.slow_rate"
    package static let statementDuration = "db.duration"
    package static let lines = "log.rate"
    package static let unparsed = "log.unparsed_ratio"
    package static let aborts = "http.aborts.rate"
    package static let checks = "http.checks.rate"
    package static let lag = "log.lag"
    package static let files = "log.files"
    package static let unreadable = "log.unreadable"
    /// Of a point of a history: the seconds of it that the service's rates are the mean of. No series is called so.
    package static let covered = "http.covered"

    /// Those that are values; the others are histograms.
    package static let values: Set<String> = [
        requests, slowStatements, lines, unparsed, aborts, checks, lag, files, unreadable,
    ]
    /// Of the values, those that are so much a second since the value before.
    package static let rates: Set<String> = [requests, slowStatements, lines, aborts, checks]
    package static let histograms: Set<String> = [duration, statementDuration]
    package static let all: Set<String> = values.union(histograms)
}
