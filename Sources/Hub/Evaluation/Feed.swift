import Fleet

/// Where a comparison's values come from, worked out of its operand: the catalogue of signals in terms of what hosts send.
///
/// Rates over a window are the deriver's rates of a tick, weighed by the time that each is of, which is the counter's rise
/// over the window; ratios of rates and rises over other windows than the deriver's are counted from the raw counters.
struct Feed: Hashable {
    /// Where a condition's values come from.
    enum Source: Hashable {
        /// A signal of the deriver, by its name.
        case signal(String)
        /// A raw series.
        case series(String)
        /// The rises of these counters over those, or over the time that passed, or as they are.
        case counters(over: [String], under: [String], Measure)
        /// `disk.full_in`.
        case fullIn
        case silent
        case silentRatio
        case processes(String)
        /// Seconds until a moment that a raw series tells.
        case until(String)
        /// Of a service, over all its hosts.
        case service(ServiceMeasure)
    }

    enum Measure: Hashable { case rate, rise, share }

    /// What is asked of a service's logs; the number of a duration is its quantile, 0.5 to 0.99.
    enum ServiceMeasure: Hashable {
        /// Requests a second, and of those the ones whose code begins so.
        case requests(code: String)
        case requestShare(code: String)
        case duration(Double)
        case statements
        case statementDuration(Double)
        case lines
        case unparsedShare
        case matches
    }

    let source: Source
    let statistic: Statistic?
    /// nil for what is of one moment.
    let windowMilliseconds: Int64?

    var isOfServices: Bool {
        if case .service = source { true } else { false }
    }

    /// nil for a signal that only screens have, of which nothing is known here.
    init(_ operand: ConditionOperand) {
        windowMilliseconds = operand.window.map { $0 * 1000 }
        switch operand.subject {
        case .series(let metric): (source, statistic) = (.series(metric), nil)
        case .rate(let metric): (source, statistic) = (.counters(over: [metric], under: [], .rate), nil)
        case .signal(let signal, let statistic):
            self.statistic = statistic
            let processes = operand.labels.first { $0.name == "name" }?.exactValue
            source = Self.source(of: signal, operand.window, statistic, processes ?? "")
        }
    }

    private init(_ source: Source, _ statistic: Statistic?, _ windowMilliseconds: Int64?) {
        self.source = source
        self.statistic = statistic
        self.windowMilliseconds = windowMilliseconds
    }

    /// The same over another time; what is of one moment becomes its mean.
    func over(_ milliseconds: Int64) -> Feed { Feed(source, statistic, milliseconds) }

    private static func source(
        of signal: Signal, _ window: Int64?, _ statistic: Statistic?, _ processes: String
    ) -> Source {
        if let service = service(signal.name) { return .service(service) }
        switch signal.name {
        case "disk.full_in": return .fullIn
        case "host.silent": return .silent
        case "fleet.silent_ratio": return .silentRatio
        case "process.count": return .processes(processes)
        case "tls.expires_in": return .until("martlet_probe_tls_not_after_timestamp_seconds")
        default: break
        }
        guard statistic == nil else { return .signal(signal.name) }
        switch signal.name {
        case "tcp.retransmits":
            return .counters(
                over: ["node_netstat_Tcp_RetransSegs"], under: ["node_netstat_Tcp_OutSegs"], .share)
        case "disk.latency":
            return .counters(
                over: ["node_disk_read_time_seconds_total", "node_disk_write_time_seconds_total"],
                under: ["node_disk_reads_completed_total", "node_disk_writes_completed_total"], .share)
        case "oom.kills": return .counters(over: ["node_vmstat_oom_kill"], under: [], .rise)
        case "unit.restarts": return .counters(over: ["node_systemd_service_restart_total"], under: [], .rise)
        case "agent.dropped": return .counters(over: ["martlet_agent_dropped_total"], under: [], .rise)
        default: return .signal(signal.name)
        }
    }

    private static func service(_ name: String) -> ServiceMeasure? {
        switch name {
        case "http.rate": .requests(code: "")
        case "http.errors": .requests(code: "5")
        case "http.error_ratio": .requestShare(code: "5")
        case "http.client_error_ratio": .requestShare(code: "4")
        case "http.p50": .duration(0.5)
        case "http.p90": .duration(0.9)
        case "http.p95": .duration(0.95)
        case "http.p99": .duration(0.99)
        case "db.slow_rate": .statements
        case "db.p99": .statementDuration(0.99)
        case "log.rate": .lines
        case "log.unparsed_ratio": .unparsedShare
        case "log.matches": .matches
        default: nil
        }
    }

    /// The raw series that it counts.
    var metrics: [String] {
        switch source {
        case .series(let metric), .until(let metric): [metric]
        case .counters(let over, let under, _): over + under
        case .service(.unparsedShare): ["martlet_log_unparsed_total", "martlet_log_lines_total"]
        case .service(.matches): ["martlet_log_matches_total"]
        case .signal, .fullIn, .silent, .silentRatio, .processes, .service: []
        }
    }

    /// The deriver's signal that it reads; nil where it reads another thing.
    var signal: String? {
        switch source {
        case .signal(let name): name
        case .fullIn: "disk.free"
        case .service(.requests), .service(.requestShare): TrafficSignals.requests
        case .service(.duration): TrafficSignals.duration
        case .service(.statements): TrafficSignals.slowStatements
        case .service(.statementDuration): TrafficSignals.statementDuration
        case .service(.lines): TrafficSignals.lines
        case .series, .counters, .silent, .silentRatio, .processes, .until, .service: nil
        }
    }
}
