package import Telemetry

/// A line of a service's log that fits no known form, as its agent tells of it: where it does not fit, and which formats come
/// nearest.
package struct UnreadLine: Hashable, Sendable {
    /// Lines of a log that cannot be read for one reason are alike.
    package struct Kind: Hashable, Comparable, Sendable {
        package let host: HostID
        package let service: String
        package let reason: String

        package static func < (left: Kind, right: Kind) -> Bool {
            (left.service, left.reason, left.host.name) < (right.service, right.reason, right.host.name)
        }
    }

    package let kind: Kind
    package let time: Timestamp
    package let text: String
    /// Bytes of `text` before the first that did not fit.
    package let fit: Int
    /// `nginx:combined 31`: the format, and the column up to which it reads the line, where it does not read all of it.
    package let nearest: [String]

    /// Kinds that are kept, the newest.
    static let kindsMax = 256
    private static let lengthMax = 1000

    package init(host: HostID, time: Timestamp, labels: Labels, text: String) {
        kind = Kind(host: host, service: labels["service"] ?? "", reason: labels["reason"] ?? "")
        self.time = time
        self.text = String(text.prefix(Self.lengthMax))
        fit = min(self.text.utf8.count, max(0, labels["fit"].flatMap(Int.init) ?? 0))
        nearest = (labels["nearest"] ?? "").split(separator: ",").prefix(3).map(String.init)
    }
}
