/// Signals of services, from request logs and database logs, and of checks.
extension Signal {
    static let serviceSignals = requestSignals + latencySignals + hostSums + logSignals + checkSignals

    private static let requests = "sum by (service) (rate(martlet_http_requests_total[W]))"

    /// Requests of one class of answers a second; 0 and not absent where there were none.
    private static func answers(_ class: String) -> String {
        "sum by (service) (rate(martlet_http_requests_total{code=~\"\(`class`)..\"}[W])) or 0 * \(requests)"
    }

    private static let requestSignals = [
        Signal("http.rate", .perSecond, "REQ/s", "requests", over: 60, per: ["service"], promQL: requests),
        Signal(
            "http.errors", .perSecond, "ERR/s", "requests answered 5xx", over: 60, per: ["service"],
            polarity: .lowIsGood, promQL: answers("5")),
        Signal(
            "http.error_ratio", .ratio, "ERR%", "share of requests answered 5xx", over: 60, per: ["service"],
            polarity: .lowIsGood, promQL: "(\(answers("5"))) / \(requests)"),
        Signal(
            "http.client_error_ratio", .ratio, "4XX%", "share of requests answered 4xx", over: 60,
            per: ["service"], polarity: .lowIsGood, promQL: "(\(answers("4"))) / \(requests)"),
    ]

    private static let latencySignals = [50, 90, 95, 99].map { percent in
        Signal(
            "http.p\(percent)", .seconds, "P\(percent)",
            "time in which \(percent) of 100 requests were answered",
            over: 60, per: ["service"], polarity: .lowIsGood,
            promQL: quantile(percent, of: "martlet_http_request_duration_seconds"))
    }

    /// Of all services of a host together: what a view of many hosts carries.
    private static let hostSums =
        [
            Signal("http.rate.all", .perSecond, "REQ/s", "requests of all services of the host", over: 60),
            Signal(
                "http.error_ratio.all", .ratio, "5XX%", "share of the host's requests answered 5xx", over: 60,
                polarity: .lowIsGood),
        ]
        + [50, 95, 99].map { percent in
            Signal(
                "http.p\(percent).slowest", .seconds, "P\(percent)",
                "p\(percent) of the slowest service of the host", over: 60, polarity: .lowIsGood)
        }

    private static func quantile(_ percent: Int, of metric: String) -> String {
        let share = percent % 10 == 0 ? "0.\(percent / 10)" : "0.\(percent)"
        return "histogram_quantile(\(share), sum by (service) (rate(\(metric)[W])))"
    }

    private static let lines = "sum by (service) (rate(martlet_log_lines_total[W]))"

    private static let logSignals = [
        Signal("log.rate", .perSecond, "LINES/s", "log lines", over: 60, per: ["service"], promQL: lines),
        Signal(
            "log.matches", .count, "MATCHES", "log lines that hold a text", over: 600,
            per: ["service", "match"],
            promQL: "sum by (service, match) (increase(martlet_log_matches_total[W]))"),
        Signal(
            "log.unparsed_ratio", .ratio, "UNREAD%", "share of log lines in an unknown form", over: 300,
            per: ["service"], polarity: .lowIsGood,
            promQL: "sum by (service) (rate(martlet_log_unparsed_total[W])) / \(lines)"),
        Signal(
            "db.slow_rate", .perSecond, "SLOW/s", "slow statements of a database", over: 300,
            per: ["service"],
            polarity: .lowIsGood, promQL: "sum by (service) (rate(martlet_db_slow_statements_total[W]))"),
        Signal(
            "db.p99", .seconds, "DB P99", "time in which 99 of 100 statements were done", over: 300,
            per: ["service"], polarity: .lowIsGood,
            promQL: quantile(99, of: "martlet_db_statement_duration_seconds")),
    ]

    private static let checkSignals = [
        Signal(
            "probe.up", .flag, "UP", "the check succeeded", per: ["host", "probe"], polarity: .highIsGood,
            promQL: "martlet_probe_success"),
        Signal(
            "probe.duration", .seconds, "TOOK", "time that the check took", per: ["host", "probe"],
            polarity: .lowIsGood, promQL: "martlet_probe_duration_seconds"),
        Signal(
            "tls.expires_in", .seconds, "TLS", "time until the certificate expires", per: ["host", "probe"],
            polarity: .highIsGood, promQL: "martlet_probe_tls_not_after_timestamp_seconds - time()"),
    ]
}
