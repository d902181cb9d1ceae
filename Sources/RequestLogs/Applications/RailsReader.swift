/// Reads Rails's own log (railties' Rack::Logger, actionpack's LogSubscriber): a request is a line `Started`, one
/// `Processing by`, and one `Completed`, between the lines of others.
///
/// What joins them is the request id, where `config.log_tags` writes one, else the process and thread of Ruby's
/// Logger::Formatter, else nothing. Where two requests are open under one key, nobody can tell whose a `Completed` is, nor
/// whose the others are until all have come: status and duration count, and the route is `unknown`.
struct RailsReader: Sendable {
    /// Requests that are open at one time; beyond it the oldest is counted without a status.
    static let openMax = 4096
    /// As many requests as were open under one key for all of this time never complete; they would make its routes unknown
    /// for ever.
    private static let patienceMilliseconds: Int64 = 600_000

    private struct Open: Sendable {
        var key: [UInt8]
        /// Method, path and time, one behind the other.
        var text: [UInt8]
        var record: RequestRecord
        var order: UInt64
    }

    /// Requests that are open under one key.
    private struct Group: Sendable {
        /// The oldest first; more than one where a key is shared.
        var requests: [Open] = []
        /// Whether one of several was done, so that those that are left may be others.
        var isMixed = false
        /// How few were open since that time, in milliseconds since 1970.
        var least = 0
        var leastSince: Int64?

        /// The one that a line of this key is of; nil where that may be several.
        var isSure: Bool { requests.count == 1 && !isMixed }

        /// Takes out those that were open for so long that they never complete.
        mutating func giveUp(at time: Int64) -> ArraySlice<Open> {
            least = min(least, requests.count)
            guard let since = leastSince, time - since <= patienceMilliseconds else {
                let lost = leastSince == nil ? [] : requests.prefix(least)
                requests.removeFirst(lost.count)
                (least, leastSince) = (requests.count, time)
                isMixed = isMixed && !requests.isEmpty
                return lost
            }
            return []
        }
    }

    /// None of them is empty.
    private var open: [[UInt8]: Group] = [:]
    private var openCount = 0
    private var order: UInt64 = 0

    init() {}

    mutating func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary)
        -> LineOutcome
    {
        let (message, key) = Self.head(bytes, start, end)
        guard message < end else { return .other }
        switch bytes[message] {
        case 0x53 where bytes.has("Started ", at: message, before: end):
            return started(bytes, message + 8, end, key, &summary)
        case 0x43 where bytes.has("Completed ", at: message, before: end):
            return completed(bytes, message + 10, end, key, &summary)
        case 0x41
        where bytes.has("ActionController::RoutingError (No route matches [", at: message, before: end):
            return noRoute(bytes, message + 50, end, key, &summary)
        case 0x46 where bytes.has("Finished \"", at: message, before: end):
            // The end of a WebSocket.
            if open[key]?.isSure == true { closeOldest(key, &summary) }
            return .other
        default: return .other
        }
    }

    /// Counts what never completed.
    mutating func finish(_ summary: inout LogSummary) {
        let left = open.values.flatMap(\.requests).sorted { $0.order < $1.order }
        open = [:]
        openCount = 0
        for request in left { summary.add(request.record, in: request.text.span) }
    }

    /// Appends the open requests, the newest of them where not all fit into `max` bytes; nothing where none is open.
    func appendState(to bytes: inout [UInt8], max: Int) {
        let start = bytes.count
        for request in open.values.flatMap(\.requests).sorted(by: { $0.order > $1.order }) {
            let length = request.key.count + request.text.count + 20
            guard bytes.count - start + length <= max else { return }
            StateBytes.put(request.key, &bytes)
            StateBytes.put(request.text, &bytes)
            StateBytes.put(request.record.path.start, &bytes)
            StateBytes.put(request.record.path.end, &bytes)
        }
    }

    /// Opens again what `appendState` wrote; false where the bytes are none of that.
    mutating func restore(_ bytes: Span<UInt8>, _ reader: inout CountsReader) -> Bool {
        var requests: [Open] = []
        while reader.place < bytes.count {
            guard let key = reader.bytes(bytes, max: StateBytes.textMax),
                let text = reader.bytes(bytes, max: StateBytes.textMax),
                let first = reader.varint(bytes), let last = reader.varint(bytes), first <= last,
                last <= UInt64(text.count)
            else { return false }
            var record = RequestRecord()
            record.method = ByteRange(start: 0, end: Int(first))
            record.path = ByteRange(start: Int(first), end: Int(last))
            record.time = ByteRange(start: Int(last), end: text.count)
            record.timeShape = record.time.isEmpty ? .none : .iso
            requests.append(Open(key: key, text: text, record: record, order: 0))
        }
        for var request in requests.reversed().suffix(Self.openMax) {
            order += 1
            request.order = order
            open[request.key, default: Group()].requests.append(request)
            openCount += 1
        }
        return true
    }

    /// Where the message begins, and what joins this line to others: the tags in brackets, else process and thread.
    private static func head(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> (message: Int, key: [UInt8]) {
        var place = start
        var process = ByteRange.none
        // I, [2026-11-22T08:11:12.726788 #27069]  INFO -- : message
        if start + 4 < end, bytes[start + 1] == 0x2C, bytes[start + 2] == 0x20, bytes[start + 3] == 0x5B {
            let close = bytes.first(0x5D, from: start, to: end)
            let hash = bytes.first(0x23, from: start, to: close)
            process = ByteRange(start: hash, end: close)
            guard let marker = bytes.find("-- ", from: close, to: min(end, close + 64)) else {
                return (end, [])
            }
            // The program's name stands before the colon.
            place = bytes.first(0x3A, from: marker, to: end) + 1
            if place < end, bytes[place] == 0x20 { place += 1 }
        }
        var key: [UInt8] = []
        while place < end, bytes[place] == 0x5B {
            let close = bytes.first(0x5D, from: place, to: end)
            guard close < end, close - place < 200 else { break }
            key += bytes.array(place..<close + 1)
            place = bytes.skipBlanks(from: close + 1, to: end)
        }
        if key.isEmpty, !process.isEmpty { key = bytes.array(process.range) }
        // Messages of colours in development.
        if place + 1 < end, bytes[place] == 0x1B { place = bytes.first(0x6D, from: place, to: end) + 1 }
        return (min(place, end), key)
    }

    /// `GET "/items/7?page=2" for 127.0.0.1 at 2026-11-22 08:11:12 +0000`
    private mutating func started(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ key: [UInt8], _ summary: inout LogSummary
    ) -> LineOutcome {
        let methodEnd = bytes.first(0x20, from: start, to: end)
        guard methodEnd + 2 < end, bytes[methodEnd + 1] == 0x22,
            FieldProgram.isMethodField(bytes, start, methodEnd)
        else { return .other }
        // A path may hold quotes of its own: the last `" for ` ends it.
        var pathEnd = -1
        var place = methodEnd + 2
        while let found = bytes.find("\" for ", from: place, to: end) {
            pathEnd = found
            place = found + 1
        }
        guard pathEnd > 0 else { return .unparsed(.mismatch, offset: methodEnd + 2) }
        var text = bytes.array(start..<methodEnd)
        var record = RequestRecord()
        record.method = ByteRange(start: 0, end: text.count)
        record.path.start = text.count
        text += bytes.array(methodEnd + 2..<pathEnd)
        record.path.end = text.count
        if let at = bytes.find(" at ", from: pathEnd, to: end) {
            record.time.start = text.count
            text += bytes.array(at + 4..<end)
            record.time.end = text.count
            record.timeShape = .iso
        }
        if openCount >= Self.openMax { closeOldestOfAll(&summary) }
        // Taken out, so that it is not copied.
        var group = open.removeValue(forKey: key) ?? Group()
        if let time = summary.clock.milliseconds(text.span, record.time, record.timeShape) {
            for lost in group.giveUp(at: time) {
                openCount -= 1
                summary.add(lost.record, in: lost.text.span)
            }
        }
        order += 1
        group.requests.append(Open(key: key, text: text, record: record, order: order))
        open[key] = group
        openCount += 1
        return .request
    }

    /// `200 OK in 12ms (Views: 0.2ms | ...)`; an application's own words that begin alike are told by the phrase, which
    /// belongs to the status.
    private mutating func completed(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ key: [UInt8], _ summary: inout LogSummary
    ) -> LineOutcome {
        var place = start
        guard let status = FieldProgram.status(bytes, &place, end), status > 0, place < end,
            bytes[place] == 0x20,
            let middle = bytes.find(" in ", from: place, to: end)
        else { return .other }
        guard middle <= place + 1 || StatusPhrase.fits(status, bytes, place + 1, middle) else {
            return .other
        }
        place = middle + 4
        guard let duration = DecimalNumber.scaled(bytes, at: &place, to: end, shift: 6), duration >= 0,
            bytes.has("ms", at: place, before: end), place + 2 == end || bytes[place + 2] == 0x20
        else { return .other }
        var group = open.removeValue(forKey: key) ?? Group()
        if group.isSure {
            var request = group.requests.removeFirst()
            request.record.status = status
            request.record.duration = duration
            openCount -= 1
            summary.add(request.record, in: request.text.span)
        } else {
            endOneOfSeveral(key, &group, status: status, duration: duration, &summary)
        }
        return .other
    }

    /// Counts a request that is done; which, nobody can tell.
    private mutating func endOneOfSeveral(
        _ key: [UInt8], _ group: inout Group, status: UInt16 = 0, duration: Int64 = -1,
        _ summary: inout LogSummary
    ) {
        let unknown = Array("unknown".utf8)
        var record = RequestRecord()
        record.status = status
        record.duration = duration
        record.route = ByteRange(start: 0, end: unknown.count)
        summary.add(record, in: unknown.span)
        guard !group.requests.isEmpty else { return }
        group.requests.removeFirst()
        openCount -= 1
        group.isMixed = true
        group.least = min(group.least, group.requests.count)
        open[key] = group.requests.isEmpty ? nil : group
    }

    /// `GET] "/nothing/here"):` - the request ends here, and no status is told.
    private mutating func noRoute(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ key: [UInt8], _ summary: inout LogSummary
    ) -> LineOutcome {
        guard var group = open.removeValue(forKey: key) else { return .other }
        let methodEnd = bytes.first(0x5D, from: start, to: end)
        let method = bytes.array(start..<methodEnd)
        let place =
            group.isSure
            ? 0
            : group.requests.firstIndex {
                $0.text.starts(with: method) && hasPath($0, bytes, methodEnd + 3, end)
            }
        guard let place else {
            // Its own was taken for another's that was done.
            if group.isMixed {
                endOneOfSeveral(key, &group, &summary)
            } else {
                open[key] = group
            }
            return .other
        }
        let request = group.requests.remove(at: place)
        group.least = min(group.least, group.requests.count)
        open[key] = group.requests.isEmpty ? nil : group
        openCount -= 1
        summary.add(request.record, in: request.text.span)
        return .other
    }

    private func hasPath(_ request: Open, _ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var path = Array(request.text[request.record.path.range])
        if let query = path.firstIndex(of: 0x3F) { path = Array(path[..<query]) }
        return bytes.has(path, at: start, before: end)
    }

    private mutating func closeOldest(_ key: [UInt8], _ summary: inout LogSummary) {
        guard var group = open.removeValue(forKey: key), !group.requests.isEmpty else { return }
        let request = group.requests.removeFirst()
        group.least = min(group.least, group.requests.count)
        open[key] = group.requests.isEmpty ? nil : group
        openCount -= 1
        summary.add(request.record, in: request.text.span)
    }

    private mutating func closeOldestOfAll(_ summary: inout LogSummary) {
        let oldest = open.min {
            ($0.value.requests.first?.order ?? .max) < ($1.value.requests.first?.order ?? .max)
        }
        if let oldest { closeOldest(oldest.key, &summary) }
    }
}
