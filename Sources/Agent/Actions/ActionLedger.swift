package import Wire

/// What this host knows of every order that it ever took: the authority on whether an id was started.
///
/// A line is a record: words of `key=value` with tabs between them, the kind first, a CRC-32C of what is before it last:
///
///     ledger  id=9f…                      once, at first
///     start   id=… hub=… seq=… action=… lock=… fence=… time=… boot=… booted=… timeout=… grace=… reboot=0 return=… leaves=0
///     refuse  id=… hub=… seq=… cause=… time=… text=…
///     end     id=… time=…                 its result is a file of its own
///     unknown id=… cause=… time=… text=…
///     mark    hub=… seq=… time=…          highest number seen of a hub, of records that are gone
///     fence   lock=… number=…
///
/// `start` is on the disk before a script runs. Pure: bytes in, state out, lines to append.
package struct ActionLedger: Sendable {
    /// One order and what became of it.
    package struct Entry: Sendable, Equatable {
        /// What is known of an order for good.
        package enum State: Sendable, Equatable {
            /// Started, or about to be; whether it still runs, its runner's lock says.
            case open
            /// Its result says how.
            case ended
            case unknown(Report.Cause, String)
            case refused(Report.Cause, String)
        }

        package var id: String
        package var hub = ""
        package var sequence: UInt64 = 0
        package var action = ""
        package var lock = ""
        package var fence: UInt64 = 0
        /// By the host's wall clock, in milliseconds.
        package var startedAt: Int64 = 0
        package var bootID = ""
        /// CLOCK_BOOTTIME at its start, in milliseconds.
        package var bootMilliseconds: UInt64 = 0
        package var timeoutMilliseconds: UInt64 = 0
        package var graceMilliseconds: UInt64 = 0
        package var expectsReboot = false
        package var returnMilliseconds: UInt64 = 0
        /// Whether what it started may live on.
        package var leavesProcesses = false
        package var state = State.open

        package init(id: String) {
            self.id = id
        }
    }

    /// The highest sequence that a hub has used here, and when its last order came, in milliseconds since 1970.
    package struct Mark: Sendable, Equatable {
        package var sequence: UInt64
        package var time: Int64
    }

    /// Records that are kept; of older ones only their hub's mark stays, which is enough never to start them again.
    package static let entriesMax = 500
    /// Hubs whose marks are kept; the one that was silent longest gives way if that was a quarter of a year.
    package static let hubsMax = 4096
    package static let hubSilenceMilliseconds: Int64 = 90 * 86_400_000
    /// A ledger that has grown to this is written anew.
    package static let bytesMax = 1 << 18
    /// Far beyond what is ever written: such a file is none of ours.
    package static let readBytes = 8 << 20

    package private(set) var id = ""
    package private(set) var marks: [String: Mark] = [:]
    package private(set) var fences: [String: UInt64] = [:]
    /// In the order of their numbers of the file.
    package private(set) var entries: [Entry] = []
    /// Why nothing may be started by it; nil while it is whole.
    package private(set) var damage: String?
    /// Bytes that are whole lines; what follows was cut off by a crash before anything was started.
    package private(set) var wholeBytes = 0

    private var lines = 0

    /// Reads a ledger's file.
    package init(_ bytes: [UInt8] = []) { take(bytes) }

    /// Reads what was written behind what was read before: whole lines.
    package mutating func take(_ bytes: [UInt8]) {
        guard damage == nil else { return }
        guard wholeBytes + bytes.count < Self.readBytes else {
            damage = "it is larger than \(Self.readBytes) bytes"
            return
        }
        let before = wholeBytes
        var start = 0
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            lines += 1
            guard let fields = Self.fields(bytes, start..<end), take(fields) else {
                // A power cut leaves the size of what was to be written last, and zeros in it: nothing was started then.
                if end == bytes.count - 1, bytes[start..<end].contains(0) { return }
                damage = "line \(lines) is damaged"
                return
            }
            start = end + 1
            wholeBytes = before + start
        }
    }

    package subscript(id: String) -> Entry? { entries.last { $0.id == id } }

    package func lastStart(of action: String) -> Entry? {
        entries.last { entry in
            if case .refused = entry.state { return false }
            return entry.action == action
        }
    }

    // MARK: Lines

    package static func opening(_ id: String) -> [UInt8] { line(["ledger", "id=\(id)"]) }

    package static func start(_ entry: Entry) -> [UInt8] {
        line([
            "start", "id=\(entry.id)", "hub=\(entry.hub)", "seq=\(entry.sequence)", "action=\(entry.action)",
            "lock=\(entry.lock)", "fence=\(entry.fence)", "time=\(entry.startedAt)", "boot=\(entry.bootID)",
            "booted=\(entry.bootMilliseconds)", "timeout=\(entry.timeoutMilliseconds)",
            "grace=\(entry.graceMilliseconds)", "reboot=\(entry.expectsReboot ? 1 : 0)",
            "return=\(entry.returnMilliseconds)", "leaves=\(entry.leavesProcesses ? 1 : 0)",
        ])
    }

    package static func refuse(_ entry: Entry, _ cause: Report.Cause, _ text: String) -> [UInt8] {
        line([
            "refuse", "id=\(entry.id)", "hub=\(entry.hub)", "seq=\(entry.sequence)",
            "action=\(entry.action)", "cause=\(cause.rawValue)", "time=\(entry.startedAt)", "text=\(text)",
        ])
    }

    package static func end(_ id: String, at time: Int64) -> [UInt8] {
        line(["end", "id=\(id)", "time=\(time)"])
    }

    package static func unknown(
        _ id: String, _ cause: Report.Cause, _ text: String, at time: Int64
    ) -> [UInt8] {
        line(["unknown", "id=\(id)", "cause=\(cause.rawValue)", "time=\(time)", "text=\(text)"])
    }

    /// The same state in as few lines as it takes; with it the ids whose records are left out.
    package func compacted() -> (bytes: [UInt8], left: [String]) {
        let open = entries.filter { $0.state == .open }
        // The last start of an action is what its cooldown counts from.
        let last = Set(entries.map(\.action)).compactMap(lastStart)
        var kept = Set(entries.suffix(Self.entriesMax).map(\.id))
        for entry in open + last { kept.insert(entry.id) }
        var bytes = Self.opening(id)
        for (hub, mark) in marks.sorted(by: { $0.key < $1.key }) {
            bytes += Self.line(["mark", "hub=\(hub)", "seq=\(mark.sequence)", "time=\(mark.time)"])
        }
        for (lock, number) in fences.sorted(by: { $0.key < $1.key }) {
            bytes += Self.line(["fence", "lock=\(lock)", "number=\(number)"])
        }
        for entry in entries where kept.contains(entry.id) {
            switch entry.state {
            case .open: bytes += Self.start(entry)
            case .ended: bytes += Self.start(entry) + Self.end(entry.id, at: entry.startedAt)
            case .unknown(let cause, let text):
                bytes +=
                    Self.start(entry) + Self.unknown(entry.id, cause, text, at: entry.startedAt)
            case .refused(let cause, let text): bytes += Self.refuse(entry, cause, text)
            }
        }
        return (bytes, entries.map(\.id).filter { !kept.contains($0) })
    }

    private static func line(_ words: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words {
            // What parts words and lines would make two of one.
            bytes += word.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
            bytes.append(0x09)
        }
        let sum = CRC32C.checksum(bytes, 0..<bytes.count)
        return bytes + Array("crc=\(String(sum, radix: 16))\n".utf8)
    }

    private static func fields(_ bytes: [UInt8], _ range: Range<Int>) -> [String: String]? {
        guard let last = bytes[range].lastIndex(of: 0x09) else { return nil }
        let body = range.lowerBound..<last + 1
        let sum = String(decoding: bytes[last + 1..<range.upperBound], as: UTF8.self)
        guard sum == "crc=\(String(CRC32C.checksum(bytes, body), radix: 16))" else { return nil }
        var fields: [String: String] = [:]
        for (place, word) in bytes[body].split(separator: 0x09).enumerated() {
            if place == 0 {
                fields[""] = String(decoding: word, as: UTF8.self)
            } else if let equals = word.firstIndex(of: 0x3D) {
                fields[String(decoding: word[..<equals], as: UTF8.self)] =
                    String(decoding: word[(equals + 1)...], as: UTF8.self)
            }
        }
        return fields
    }

    // MARK: Reading

    private mutating func take(_ fields: [String: String]) -> Bool {
        func number(_ name: String) -> UInt64 { UInt64(fields[name] ?? "") ?? 0 }
        let time = Int64(fields["time"] ?? "") ?? 0
        let name = fields["id"] ?? ""
        let cause = Report.Cause(rawValue: UInt8(clamping: number("cause"))) ?? .none
        switch fields[""] {
        case "ledger": id = name
        case "mark": raise(fields["hub"] ?? "", number("seq"), time)
        case "fence": fences[fields["lock"] ?? ""] = number("number")
        case "start", "refuse":
            guard self[name] == nil else { return false }
            var entry = Entry(id: name)
            entry.hub = fields["hub"] ?? ""
            entry.sequence = number("seq")
            entry.action = fields["action"] ?? ""
            entry.lock = fields["lock"] ?? ""
            entry.fence = number("fence")
            entry.startedAt = time
            entry.bootID = fields["boot"] ?? ""
            entry.bootMilliseconds = number("booted")
            entry.timeoutMilliseconds = number("timeout")
            entry.graceMilliseconds = number("grace")
            entry.expectsReboot = number("reboot") == 1
            entry.returnMilliseconds = number("return")
            entry.leavesProcesses = number("leaves") == 1
            if fields[""] == "refuse" { entry.state = .refused(cause, fields["text"] ?? "") }
            raise(entry.hub, entry.sequence, time)
            if entry.state == .open, entry.fence > 0 {
                fences[entry.lock] = max(fences[entry.lock] ?? 0, entry.fence)
            }
            entries.append(entry)
        case "end", "unknown":
            guard let place = entries.lastIndex(where: { $0.id == name }) else { return false }
            entries[place].state =
                fields[""] == "end" ? .ended : .unknown(cause, fields["text"] ?? "")
        default: return false
        }
        return true
    }

    private mutating func raise(_ hub: String, _ sequence: UInt64, _ time: Int64) {
        let known = marks[hub]
        marks[hub] = Mark(
            sequence: max(known?.sequence ?? 0, sequence), time: max(known?.time ?? 0, time))
        guard marks.count > Self.hubsMax,
            let oldest = marks.min(by: { $0.value.time < $1.value.time }),
            time - oldest.value.time > Self.hubSilenceMilliseconds
        else { return }
        marks[oldest.key] = nil
    }

    /// Whether orders of a hub that was never seen are taken: where its mark would push out one that is needed, none is.
    package func hasRoomForHub(at time: Int64) -> Bool {
        marks.count < Self.hubsMax
            || marks.values.contains { time - $0.time > Self.hubSilenceMilliseconds }
    }
}
