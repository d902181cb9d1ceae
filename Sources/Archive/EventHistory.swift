package import Telemetry

/// Something that happened on a host, as it is kept: an example of a log's error lines, a line, a mark.
package struct HostEvent: Hashable, Sendable {
    package let time: Timestamp
    /// The sender's word: `error-sample`, `line`.
    package let kind: String
    package let labels: Labels
    package let text: String

    package static let textBytesMax = 4096
    package static let labelsMax = 16

    /// Cuts what is longer than an event may be.
    package init(time: Timestamp, kind: String, labels: Labels, text: String) {
        self.time = time
        self.kind = kind
        self.labels =
            labels.pairs.count > Self.labelsMax ? Labels(Array(labels.pairs.prefix(Self.labelsMax))) : labels
        self.text = text.utf8.count > Self.textBytesMax ? Self.cut(text) : text
    }

    private static func cut(_ text: String) -> String {
        var end = text.utf8.index(text.startIndex, offsetBy: textBytesMax)
        // Back to a whole character.
        while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }

    /// Memory that it takes.
    var bytes: Int {
        labels.pairs.reduce(MemoryLayout<HostEvent>.stride + 96 + kind.utf8.count + text.utf8.count) {
            $0 + 64 + $1.name.utf8.count + $1.value.utf8.count
        }
    }
}

/// The newest events of one host, in a ring for each sort: lines never push examples of errors out.
struct EventHistory: Sendable {
    static let eventsMax = 2000
    static let bytesMax = 2 << 20
    private static let keptMilliseconds: Int64 = 72 * 3_600_000

    /// In the order in which they came; what is before `begin` is gone.
    private struct Ring: Sendable {
        var events: [HostEvent] = []
        var begin = 0
        var bytes = 0

        var count: Int { events.count - begin }
        var oldest: HostEvent? { begin < events.count ? events[begin] : nil }

        mutating func append(_ event: HostEvent) {
            events.append(event)
            bytes += event.bytes
        }

        mutating func dropOldest() {
            guard begin < events.count else { return }
            bytes -= events[begin].bytes
            events[begin] = HostEvent(time: events[begin].time, kind: "", labels: [:], text: "")
            begin += 1
            // Moved together now and then, not at each event.
            if begin > EventHistory.eventsMax / 2 || begin == events.count {
                events.removeFirst(begin)
                begin = 0
            }
        }
    }

    /// Of lines, of examples of errors, of all else.
    private var rings = [Ring(), Ring(), Ring()]

    var bytes: Int { rings.reduce(0) { $0 + $1.bytes } }
    var isEmpty: Bool { rings.allSatisfy { $0.oldest == nil } }
    var oldest: Timestamp? { rings.compactMap { $0.oldest?.time }.min() }

    /// How many were dropped for it.
    mutating func append(_ event: HostEvent) -> Int {
        let ring = event.kind == "line" ? 0 : event.kind == "error-sample" ? 1 : 2
        rings[ring].append(event)
        var dropped = 0
        while rings[ring].count > Self.eventsMax || rings[ring].bytes > Self.bytesMax {
            rings[ring].dropOldest()
            dropped += 1
        }
        return dropped
    }

    mutating func expire(at now: Timestamp) {
        let edge = now.advanced(byMilliseconds: -Self.keptMilliseconds)
        for ring in rings.indices {
            while let first = rings[ring].oldest, first.time < edge { rings[ring].dropOldest() }
        }
    }

    mutating func dropOldest() {
        guard let oldest, let ring = rings.firstIndex(where: { $0.oldest?.time == oldest }) else { return }
        rings[ring].dropOldest()
    }

    /// Those after `from` and up to `to` of the kinds, in no certain order.
    func events(from: Timestamp, to: Timestamp, kinds: Set<String>) -> [HostEvent] {
        rings.flatMap { ring in
            ring.events[ring.begin...].filter { $0.time > from && $0.time <= to && kinds.contains($0.kind) }
        }
    }
}
