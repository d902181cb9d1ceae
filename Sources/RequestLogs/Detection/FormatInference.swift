/// Makes a format out of lines: which column is the request, the status, the size, the duration. It knows what those
/// look like, not what the server is called, and so reads what nobody has named.
struct FormatInference {
    /// Lines that are looked at.
    static let linesMax = 2000

    private struct Column {
        var requests = 0
        var methods = 0
        var paths = 0
        var dashedPaths = 0
        var protocols = 0
        var statuses = 0
        var sizes = 0
        var commonTimes = 0
        var otherTimes = 0
        var wholes = 0
        var fractions = 0
        var dashes = 0
        var millisecondWords = 0
        var secondWords = 0
        var unit = DurationUnit()
        var wholeUnit = DurationUnit()
    }

    private(set) var program: FieldProgram
    /// Lines of the sample that have the form.
    private(set) var lines: Int
    /// The column that holds the duration and the power of ten of its unit; nil where there is none.
    private(set) var duration: (column: Int, shift: Int)?
    /// Whether a column looked like a duration of unknown unit.
    private(set) var hasUnknownUnit = false
    /// Whether this is the well-known beginning, and what follows: for the format's name.
    private(set) var name = "text"

    /// What is known of the unit of whole numbers without their values: a power of ten to nanoseconds.
    enum WholeUnit {
        case unknown
        case may(Int)
        case must(Int)
    }

    /// Nil where no form that tells of requests is common enough.
    init?(_ bytes: Span<UInt8>, _ wholeUnit: WholeUnit = .unknown) {
        guard let (shape, found, isLoose) = Self.commonest(bytes) else { return nil }
        var columns = [Column](repeating: Column(), count: shape.count)
        for line in found {
            guard let tokens = LineToken.split(bytes, line.start, line.end) else { continue }
            for index in shape.indices { Self.look(bytes, tokens[index].content, &columns[index]) }
        }
        let lines = found.count
        self.lines = lines
        guard let kinds = Self.kinds(columns, lines) else { return nil }
        var steps = kinds.steps
        let isRest = { (index: Int) in index == shape.count - 1 && shape[index].bracket == .none }
        duration = Self.duration(columns, steps, shape, lines, wholeUnit)
        if let duration {
            steps[duration.column].kind = .duration
            steps[duration.column].shift = Int8(duration.shift)
        } else {
            hasUnknownUnit = columns.indices.contains {
                steps[$0].kind == .skip && columns[$0].wholes * 10 >= lines * 9
            }
        }
        var program = FieldProgram(escaping: .backslash)
        for (index, token) in shape.enumerated() {
            var text = index == 0 ? [] : shape[index - 1].bracket.close + [0x20]
            text += token.key + token.bracket.open
            program.append(text: text, isBlankLoose: isLoose)
            var step = steps[index]
            step.isQuoted = token.bracket == .quotes
            // The last word takes the rest, and may be a list; but not a number that counts.
            if isRest(index), step.kind == .skip { step.isQuoted = false }
            program.append(step)
        }
        program.append(text: shape.last?.bracket.close ?? [], isBlankLoose: isLoose)
        do throws(LogFormatError) {
            try program.finish("inferred")
        } catch {
            return nil
        }
        self.program = program
        name = Self.name(steps, shape.count)
    }

    private struct Shape {
        var bracket: LineToken.Bracket
        var key: [UInt8]
    }

    /// The form that most lines with a request have, and those lines.
    private static func commonest(
        _ bytes: Span<UInt8>
    ) -> (shape: [Shape], lines: [ByteRange], isLoose: Bool)? {
        var groups: [[UInt8]: [ByteRange]] = [:]
        var place = 0
        var count = 0
        while place < bytes.count, count < linesMax {
            let end = bytes.firstFar(0x0A, from: place, to: bytes.count)
            let line = ByteRange(start: place, end: end > place && bytes[end - 1] == 0x0D ? end - 1 : end)
            place = end + 1
            count += 1
            guard line.end - line.start < 8192, let tokens = LineToken.split(bytes, line.start, line.end),
                tokens.contains(where: { isRequest(bytes, $0) || isProtocol(bytes, $0.content) })
            else { continue }
            groups[tokens.flatMap { $0.shape(bytes) }, default: []].append(line)
        }
        // Of forms equally common the shorter: the longer has a last column with blanks in it.
        let best = groups.max { left, right in
            // Of forms alike in all that counts the one that came first, so that one log is always read one way.
            (left.value.count, -left.key.count, -(left.value.first?.start ?? 0))
                < (right.value.count, -right.key.count, -(right.value.first?.start ?? 0))
        }
        guard let best, let first = best.value.first,
            let tokens = LineToken.split(bytes, first.start, first.end)
        else { return nil }
        let isLoose = best.value.prefix(50).contains { bytes.find("  ", from: $0.start, to: $0.end) != nil }
        let shape = tokens.map { Shape(bracket: $0.bracket, key: bytes.array($0.key.range)) }
        return (shape, best.value, isLoose && !hasQuotedBlanks(bytes, best.value, tokens.count))
    }

    /// Whether runs of blanks stand within quotes only, where they mean nothing.
    private static func hasQuotedBlanks(_ bytes: Span<UInt8>, _ lines: [ByteRange], _ count: Int) -> Bool {
        for line in lines.prefix(50) {
            guard let tokens = LineToken.split(bytes, line.start, line.end) else { continue }
            for index in 1..<max(1, tokens.count) {
                let gap = tokens[index].content.start - tokens[index - 1].content.end
                let marks = tokens[index - 1].bracket.close.count + tokens[index].bracket.open.count
                if gap - marks - (tokens[index].key.end - tokens[index].key.start) > 1 { return false }
            }
        }
        return true
    }

    private static func isRequest(_ bytes: Span<UInt8>, _ token: LineToken) -> Bool {
        let (start, end) = (token.content.start, token.content.end)
        guard token.bracket == .quotes, end - start > 10 else { return false }
        return bytes.find(" HTTP/", from: start, to: end) != nil && bytes[start] &- 0x41 < 26
    }

    private static func isProtocol(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        range.end - range.start >= 6 && bytes.has("HTTP/", at: range.start, before: range.end)
    }

    private static func look(_ bytes: Span<UInt8>, _ range: ByteRange, _ column: inout Column) {
        let (start, end) = (range.start, range.end)
        guard start < end else { return }
        if end - start == 1, bytes[start] == 0x2D {
            column.dashes += 1
            return
        }
        if bytes.has("ms", at: start, before: end) { column.millisecondWords += 1 }
        if end - start == 1, bytes[start] == 0x73 { column.secondWords += 1 }
        if isProtocol(bytes, range) { column.protocols += 1 }
        if bytes[start] == 0x2F {
            column.paths += 1
            if bytes[end - 1] == 0x2D || bytes.firstFar(0x3F, from: start, to: end) < end {
                column.dashedPaths += 1
            }
        }
        if bytes.find(" HTTP/", from: start, to: end) != nil { column.requests += 1 }
        let isWord = FieldProgram.isMethodField(bytes, start, end) && bytes[start] &- 0x41 < 26
        if isWord, HTTPMethod.named(bytes, range) != .other { column.methods += 1 }
        var clock = LogClock()
        if end - start == 26, clock.milliseconds(bytes, range, .common) != nil {
            column.commonTimes += 1
        } else if end - start >= 15, clock.milliseconds(bytes, range, .any) != nil {
            column.otherTimes += 1
        }
        var place = start
        guard bytes[start] &- 0x30 < 10,
            let value = DecimalNumber.scaled(bytes, at: &place, to: end, shift: 9), place == end
        else { return }
        let isFraction = bytes.firstFar(0x2E, from: start, to: end) < end
        if isFraction { column.fractions += 1 } else { column.wholes += 1 }
        if !isFraction { column.sizes += 1 }
        if !isFraction, end - start == 3, bytes[start] &- 0x31 < 5 { column.statuses += 1 }
        column.unit.take(value, isWhole: !isFraction)
    }

    /// What each column is, but for the duration.
    private static func kinds(_ columns: [Column], _ lines: Int) -> (steps: [FieldStep], status: Int)? {
        var steps = columns.map { _ in FieldStep(.skip) }
        let most = { (count: Int) in count * 10 >= lines * 7 }
        var anchor: Int
        if let request = columns.firstIndex(where: { most($0.requests) }) {
            steps[request].kind = .request
            anchor = request
        } else if let path = columns.firstIndex(where: { most($0.paths) }) {
            // Tomcat's %U%q ends every path without a query in a dash.
            steps[path].kind =
                columns[path].dashedPaths * 100 >= columns[path].paths * 95 ? .pathAndQuery : .path
            if let method = columns.firstIndex(where: { most($0.methods) }) { steps[method].kind = .method }
            anchor = path
            if let last = columns.firstIndex(where: { most($0.protocols) }) { anchor = max(anchor, last) }
        } else {
            return nil
        }
        // The status is the first that looks like one behind the request, else before it.
        let behind = Array(columns.indices.drop { $0 <= anchor })
        let order = behind + columns.indices.prefix(anchor)
        guard let status = order.first(where: { isStatus(columns[$0], lines) && steps[$0].kind == .skip })
        else {
            return nil
        }
        steps[status].kind = .status
        if status + 1 < columns.count, steps[status + 1].kind == .skip,
            columns[status + 1].fractions == 0,
            (columns[status + 1].sizes + columns[status + 1].dashes) * 10 >= lines * 9
        {
            steps[status + 1].kind = .bytes
        }
        if let time = columns.firstIndex(where: { ($0.commonTimes + $0.otherTimes) * 10 >= lines * 9 }) {
            steps[time].kind = .time
            steps[time].timeShape = columns[time].commonTimes * 10 >= lines * 9 ? .common : .any
        }
        return (steps, status)
    }

    private static func isStatus(_ column: Column, _ lines: Int) -> Bool {
        column.statuses * 2 > lines && (column.statuses + column.dashes) * 100 >= lines * 99
    }

    private static let durationKeys = [
        "rt", "request_time", "req_time", "reqtime", "time", "duration", "took", "D", "T",
    ]

    /// The column of the duration. A fraction comes before a whole number; of several fractions the greatest, since a
    /// request takes longer than any of its parts.
    private static func duration(
        _ columns: [Column], _ steps: [FieldStep], _ shape: [Shape], _ lines: Int, _ wholeUnit: WholeUnit
    ) -> (column: Int, shift: Int)? {
        guard let first = steps.firstIndex(where: { [.request, .path, .pathAndQuery].contains($0.kind) })
        else { return nil }
        let free = columns.indices.filter {
            steps[$0].kind == .skip && ($0 > first || !shape[$0].key.isEmpty)
        }
        let keyed = free.filter { index in
            durationKeys.contains { Array("\($0)=".utf8) == shape[index].key }
        }
        let numbers = { (index: Int) in columns[index].wholes + columns[index].fractions }
        let full = { (index: Int) in
            (numbers(index) + columns[index].dashes) * 10 >= lines * 9 && numbers(index) * 2 > lines
        }
        for index in keyed where full(index) {
            if let shift = columns[index].unit.shift ?? (columns[index].fractions > 0 ? 9 : nil) {
                return (index, shift)
            }
        }
        let fractions = free.filter { full($0) && columns[$0].fractions * 10 >= numbers($0) * 9 }
        // An upstream's time is a dash where no upstream was asked; the request's own never is.
        let ranks = { (index: Int) in (-columns[index].dashes, columns[index].unit.mean) }
        if let best = fractions.max(by: { ranks($0) < ranks($1) }) {
            let next = best + 1
            if next < columns.count, columns[next].millisecondWords * 10 >= lines * 9 { return (best, 6) }
            // nginx, Puma and uWSGI write fractions of seconds.
            return (best, columns[best].unit.shift ?? 9)
        }
        let wholes = free.filter { full($0) && columns[$0].fractions == 0 }
        let isNamed = wholes.contains { index in
            index + 1 < columns.count && columns[index + 1].millisecondWords * 10 >= lines * 9
        }
        // Of several nobody can tell which is a duration, unless the server settles it, or the others are parts of the first.
        let possible = wholes.filter { columns[$0].unit.shift != nil }
        if !isNamed, possible.count > 1, !areParts(possible.map { columns[$0] }) {
            guard case .must = wholeUnit else { return nil }
        }
        for index in wholes {
            let next = index + 1
            if next < columns.count, columns[next].millisecondWords * 10 >= lines * 9 { return (index, 6) }
            if case .must(let shift) = wholeUnit { return (index, shift) }
            if let shift = columns[index].unit.shift { return (index, shift) }
            if case .may(let shift) = wholeUnit, columns[index].unit.isAboveTen { return (index, shift) }
        }
        return nil
    }

    /// Whether the first column's numbers are never below the others', as Tomcat's %D and %F are, but Apache's %I and %O
    /// are not.
    private static func areParts(_ columns: [Column]) -> Bool {
        guard let first = columns.first?.unit.values else { return false }
        return columns.dropFirst().allSatisfy { column in
            column.unit.values.count == first.count && zip(column.unit.values, first).allSatisfy { $0 <= $1 }
        }
    }

    private static func name(_ steps: [FieldStep], _ count: Int) -> String {
        let hasDuration = steps.contains { $0.kind == .duration }
        guard let request = steps.firstIndex(where: { $0.kind == .request }), request >= 4 else {
            return "text"
        }
        let name = request == 5 ? "vhost_" : ""
        let behind = count - request - 1
        let base = behind >= 4 ? "combined" : "common"
        return name + base + (hasDuration ? "+duration" : "")
    }
}
