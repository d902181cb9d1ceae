package import Telemetry
import Text

/// What a comparison looks at: a signal, a series, or a counter's rate, and of it what the labels take.
package struct ConditionOperand: Hashable, Sendable {
    /// Whose values they are.
    package enum Subject: Hashable, Sendable {
        /// `statistic` of its values over the window, else what the catalogue defines over the window.
        case signal(Signal, Statistic?)
        /// Any series by its name.
        case series(String)
        /// Of a counter.
        case rate(String)
    }

    package let subject: Subject
    /// As written; nil for the usual one.
    package let windowSeconds: Int64?
    package let labels: [LabelMatch]

    /// Of `rate` where none is written.
    package static let rateSeconds: Int64 = 60

    /// The window that is meant; nil for what is of one moment.
    package var window: Int64? {
        switch subject {
        case .signal(let signal, _): windowSeconds ?? signal.windowSeconds
        case .series: nil
        case .rate: windowSeconds ?? Self.rateSeconds
        }
    }

    package var unit: SignalUnit {
        switch subject {
        case .signal(let signal, _): signal.unit
        case .series: .number
        case .rate: .perSecond
        }
    }

    /// The signal's or metric's name.
    package var name: String {
        switch subject {
        case .signal(let signal, _): signal.name
        case .series(let metric), .rate(let metric): metric
        }
    }

    package var signal: Signal? {
        guard case .signal(let signal, _) = subject else { return nil }
        return signal
    }

    /// The labels that tell its instances apart; nil for a series, which is one for each of its label sets.
    package var identity: [String]? {
        signal?.identity
    }

    /// The same where alerts are told apart by these labels: counts of services are summed by them.
    package func identity(by labels: [String]?) -> [String]? {
        guard let labels, isSummed else { return identity }
        return labels
    }

    /// For messages: `one per host and mount`.
    package var identityPhrase: String {
        guard let identity else { return "one per host and labels" }
        return identity.isEmpty ? "one of all hosts" : "one per \(identity.joined(separator: " and "))"
    }

    /// Labels that it may have; nil for a series, which may have any.
    package var labelNames: [String]? {
        signal.map(Self.labelNames(of:))
    }

    /// Whether instances may be put together by other labels than its own: counts of services are sums.
    package var isSummed: Bool {
        guard let signal else { return false }
        return signal.identity.first == "service"
    }

    static func labelNames(of signal: Signal) -> [String] {
        guard signal.identity.first == "service" else { return signal.identity }
        if signal.name.hasPrefix("http.") { return ["service", "host", "route", "method", "code"] }
        switch signal.name {
        case "log.rate": return ["service", "host", "level"]
        default: return signal.identity + ["host"]
        }
    }

    /// Whether it looks at a series with these labels of this host.
    package func takes(_ labels: Labels, of host: HostAttributes) -> Bool {
        self.labels.allSatisfy { match in
            match.matches(
                match.name == "host" || match.name == "instance"
                    ? host.name : host.value(of: match.name, labels))
        }
    }

    /// The first label that is a host's tag which none of these hosts has, or not with such a value.
    package func firstUnknownTag(among hosts: [HostAttributes]) -> String? {
        guard let own = labelNames else { return nil }
        for match in labels where !own.contains(match.name) {
            let values = Set(hosts.compactMap { $0.tags[match.name] })
            if values.isEmpty { return "no host has the tag \(match.name)" }
            guard !match.isNegated, !values.contains(where: { match.matches($0) }) else { continue }
            let meant = match.exactValue.flatMap { EditDistance.meant(by: $0, among: values.sorted()) }
            return "no host has \(match.printed)" + (meant.map { ": did you mean \($0)" } ?? "")
        }
        return nil
    }

    package var printed: String {
        var text: String
        switch subject {
        case .signal(let signal, let statistic):
            text = signal.name
            if let statistic { text += ".\(statistic.rawValue)" }
        case .series(let metric): text = "series \(metric)"
        case .rate(let metric): text = "rate \(metric)"
        }
        if let windowSeconds { text += "(\(QueryBound.duration(windowSeconds)))" }
        if !labels.isEmpty { text += "{\(labels.map(\.printed).joined(separator: ","))}" }
        return text
    }
}

/// `route!=/health*`: what a label must be, or must not be; a label that is missing is the empty text.
package struct LabelMatch: Hashable, Sendable {
    package let name: String
    package let isNegated: Bool
    let pattern: QueryPattern

    package func matches(_ value: String?) -> Bool {
        pattern.matches(value ?? "") != isNegated
    }

    /// The one value that it takes; nil where it takes several.
    package var exactValue: String? {
        isNegated || pattern.isGlob ? nil : pattern.text
    }

    package var printed: String {
        "\(name)\(isNegated ? "!=" : "=")\(pattern.printed)"
    }
}
