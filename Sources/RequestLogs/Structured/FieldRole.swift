/// What a named field of a structured log means to us.
enum FieldRole: UInt8, Sendable {
    case none
    /// An object whose fields are looked at, too.
    case parent
    case status, method, path, request, route, bytes, time
    case durationSeconds, durationMilliseconds, durationMicroseconds, durationNanoseconds
    /// A duration whose unit the name does not tell.
    case duration
    case level, logger, message
    /// MongoDB's number of the kind of message.
    case messageID
    /// HAProxy's termination state.
    case termination

    /// The power of ten to nanoseconds; nil for what is no duration or has no unit of its own.
    var shift: Int? {
        switch self {
        case .durationSeconds: 9
        case .durationMilliseconds: 6
        case .durationMicroseconds: 3
        case .durationNanoseconds: 0
        default: nil
        }
    }
}

/// The names that servers, frameworks and shippers give to the same few things. Names of nested fields are joined by
/// dots; a name with dots of its own is the same name. Of two fields with one meaning the one further left counts.
enum FieldNames {
    /// The rank of `res.statusCode`, the status of an answer.
    static let answerRank: UInt8 = 6

    static let byRole: [(role: FieldRole, names: String)] = [
        (
            .parent,
            "request req res response meta meta.req meta.res payload metadata http http.request http.response http.response.body url event attr t log httpRequest data context fields extra"
        ),
        (
            .status,
            "status status_code statusCode http_status http_status_code res.statusCode response.status response.status_code response.statusCode http.response.status_code http.status_code http.status httpRequest.status DownstreamStatus response_code response_status resp_status StatusCode statuscode sc_status sc-status data.status context.status fields.status extra.status res.status OriginStatus meta.res.statusCode payload.status metadata.status metadata.statusCode"
        ),
        (
            .method,
            "method request_method req.method request.method http.request.method http.method http_method httpRequest.requestMethod RequestMethod requestMethod verb cs_method cs-method data.method context.method fields.method extra.method meta.req.method payload.method metadata.method"
        ),
        (
            .path,
            "uri path url request_uri request_path req.url req.path request.uri request.url request.path url.path url.original http.target http.url http.path httpRequest.requestUrl RequestPath requestUri requestURI requestUrl originalUrl target endpoint cs_uri_stem cs-uri-stem data.path context.path fields.path extra.path uri_path http_path meta.req.url payload.path metadata.url metadata.path"
        ),
        (.request, "request request_line requestLine req http_request"),
        (.route, "route http.route RouterName route_name req.route"),
        (
            .bytes,
            "bytes body_bytes_sent bytes_sent size response_length content_length contentLength response_size responseSize resp_size bytes_read http.response.body.bytes http.response.bytes DownstreamContentSize httpRequest.responseSize length bytes_out"
        ),
        (
            .time,
            "time timestamp @timestamp ts t.$date date datetime time_local time_iso8601 msec StartUTC startTime start_time eventTime asctime @t logged_at time_iso timeMillis"
        ),
        (
            .durationSeconds,
            "request_time duration_s duration_sec duration_seconds latency_s elapsed_s elapsed_seconds latency_seconds request_time_s request_time_seconds response_time_s"
        ),
        (
            .durationMilliseconds,
            "response_time_ms duration_ms responseTime elapsed_ms latency_ms request_time_ms durationMs elapsedMs latencyMs responseTimeMs response_ms took_ms time_ms total_time_ms response-time Ta Tt attr.durationMillis durationMillis duration_millis elapsed_millis data.duration_ms context.duration_ms fields.duration_ms extra.duration_ms res.responseTime meta.responseTime metadata.responseTime metadata.duration_ms msecs"
        ),
        (
            .durationMicroseconds,
            "duration_us request_time_us elapsed_us latency_us response_time_us duration_micros durationUs time_us elapsedMicros micros"
        ),
        (
            .durationNanoseconds,
            "duration_ns event.duration Duration latency_ns elapsed_ns response_time_ns durationNanos"
        ),
        (
            .duration,
            "duration latency elapsed elapsedTime elapsed_time took response_time time_taken request_duration requestDuration process_time processing_time processTime runtime exec_time service httpRequest.latency data.duration context.duration fields.duration extra.duration"
        ),
        (.level, "level error_severity severity log.level levelname lvl s @l loglevel log_level"),
        (.logger, "logger logger_name log.logger name"),
        (.message, "msg message event @m"),
        (.messageID, "id"),
        (.termination, "term termination_state termination"),
    ]
}

/// Finds the role of a name by its hash.
struct FieldRoles: Sendable {
    private static let slotCount = 1024

    struct Entry: Sendable {
        var hash: UInt64 = 0
        var role = FieldRole.none
        /// The place among names of the same role; smaller counts more.
        var rank: UInt8 = 0
    }

    private var slots = [Entry](repeating: Entry(), count: slotCount)

    /// The usual names, and those that the user maps to a role, which count more than any.
    init(mapped: [(name: String, role: FieldRole)] = []) {
        for (name, role) in mapped { add(name, role, 0) }
        for (role, names) in FieldNames.byRole {
            for (rank, name) in names.split(separator: " ").enumerated() {
                add(String(name), role, UInt8(min(254, rank + 1)))
            }
        }
    }

    private mutating func add(_ name: String, _ role: FieldRole, _ rank: UInt8) {
        var hash: UInt64 = Self.root
        // A dot may stand in a name or between names: the hash is of the parts.
        for part in name.split(separator: ".") {
            let bytes = Array(part.utf8)
            hash = Self.hash(bytes.span, 0, bytes.count, below: hash)
        }
        var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while slots[slot].hash != 0 {
            if slots[slot].hash == hash | 1 {
                // `request` is a parent where it is an object, and a line where it is text.
                guard slots[slot].role == .parent, role != .parent else { return }
                also[hash | 1] = Entry(hash: hash | 1, role: role, rank: rank)
                return
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        slots[slot] = Entry(hash: hash | 1, role: role, rank: rank)
    }

    /// Names that are parents and something else, too.
    private var also: [UInt64: Entry] = [:]

    static let root: UInt64 = 0x51_7CC1_B727_220A

    /// The hash of a name below others; a dot in it counts as the border of two.
    @inline(__always)
    static func hash(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, below parent: UInt64) -> UInt64 {
        var hash = parent
        var place = start
        while place < end {
            var word = bytes.word(at: place)
            let left = end &- place
            if left < 8 { word &= (1 << UInt64(8 &* left)) &- 1 }
            let dots = ByteWord.zeros(word ^ 0x2E2E_2E2E_2E2E_2E2E)
            if dots != 0 { return dotted(bytes, start, end, below: parent) }
            hash = mix(hash, word)
            place &+= 8
        }
        return mix(hash, 0xFF)
    }

    @inline(never)
    private static func dotted(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, below parent: UInt64) -> UInt64
    {
        var hash = parent
        var place = start
        while place < end {
            let dot = bytes.first(0x2E, from: place, to: end)
            var word = place
            while word < dot {
                let left = dot - word
                let value = bytes.word(at: word)
                hash = mix(hash, left < 8 ? value & ((1 << UInt64(8 * left)) - 1) : value)
                word += 8
            }
            hash = mix(hash, 0xFF)
            place = dot + 1
        }
        return hash
    }

    @inline(__always) private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 32
    }

    @inline(__always)
    func entry(_ hash: UInt64) -> Entry {
        var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount &- 1)
        let wanted = hash | 1
        while slots[slot].hash != 0 {
            if slots[slot].hash == wanted { return slots[slot] }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
        return Entry()
    }

    /// What the name of a parent means where it is no object.
    func valueEntry(_ entry: Entry) -> Entry { entry.role == .parent ? also[entry.hash] ?? Entry() : entry }
}
