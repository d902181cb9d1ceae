/// Which route a request belongs to: the operator's patterns first, then learned templates, at most `routesMax`, and
/// `other` for the rest. A path that answered "not found" makes no route.
package struct RouteTable: Sendable {
    /// Slots of the table from a path's hash to its route; half of them are used at most.
    private static let slotCount = 4096

    /// What one hash of a path is known to be.
    private struct Slot: Sendable {
        /// Never 0 where the slot is used.
        var hash: UInt64 = 0
        /// The route, or for a path that has none minus the requests seen since it was last looked for.
        var route: Int32 = 0
        /// Requests found here, which are not in `hits` yet.
        var hits: UInt32 = 0
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)
    private var used = 0
    private var tree: RouteTree
    private let patterns: [RoutePattern]
    /// A route that the log names itself, or that a pattern is: its text, and the methods, a bit each, that make a request on
    /// it a check. Paths of one pattern may differ in these.
    private struct Name: Hashable, Sendable {
        var text: String
        var ignoredMethods: UInt16 = 0
    }

    private var named: [Name: Int] = [:]
    private var names: [Int: Name] = [:]
    /// Requests by route.
    private var hits: [Int] = [0]
    private let ignored: [IgnoredRequest]

    package init(patterns: [RoutePattern] = [], ignored: [IgnoredRequest] = [], routesMax: Int = 150) {
        self.ignored = ignored
        self.patterns = patterns
        tree = RouteTree(routesMax: routesMax)
    }

    /// The name of a route, for a label.
    package func name(of route: Int) -> String { names[route]?.text ?? tree.template(of: route) }

    /// Routes that were merged since this was last asked; their counts must follow.
    mutating func takeChanges() -> [RouteTree.Change] {
        defer { tree.changes = [] }
        return tree.changes
    }

    var hasChanges: Bool { !tree.changes.isEmpty }

    /// Whether an answer with this status shows that the path exists, so that it may become a route.
    @inline(__always) static func isKnownPath(status: UInt16) -> Bool {
        status >= 200 && status < 400 || status >= 401 && !unknownPaths.contains(status)
    }

    /// Not found, and what servers say to requests that they do not understand.
    private static let unknownPaths: Set<UInt16> = [
        404, 405, 410, 414, 421, 431, 444, 494, 495, 496, 497, 505,
    ]

    /// The route of a path whose hash has one, or 0 where `route` must say.
    @inline(__always)
    mutating func known(_ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount &- 1)
        let wanted = hash | 1
        while slots[slot].hash != 0 {
            if slots[slot].hash == wanted {
                let route = Int(slots[slot].route)
                guard route > 0 else { return 0 }
                slots[slot].hits &+= 1
                return route
            }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
        return 0
    }

    /// The route of a request; 0 is `other`.
    @inline(__always)
    mutating func route(_ bytes: Span<UInt8>, _ record: RequestRecord) -> Int {
        if !record.route.isEmpty { return explicit(bytes, record) }
        let hash = RouteHash(bytes, record.path)
        guard hash.isPath else { return learn(bytes, record, nil, weight: 1) }
        var slot = Int(truncatingIfNeeded: hash.value) & (Self.slotCount &- 1)
        let wanted = hash.value | 1
        while slots[slot].hash != 0 {
            if slots[slot].hash == wanted {
                let route = Int(slots[slot].route)
                guard route > 0 else { return other(bytes, record, slot) }
                slots[slot].hits &+= 1
                return route
            }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
        return learn(bytes, record, hash.value, weight: 1)
    }

    /// A path that has no route so far: looked for again when its requests have doubled.
    @inline(never)
    private mutating func other(_ bytes: Span<UInt8>, _ record: RequestRecord, _ slot: Int) -> Int {
        guard Self.isKnownPath(status: record.status), slots[slot].route > Int32.min else {
            hits[0] &+= 1
            return 0
        }
        slots[slot].route -= 1
        let seen = -Int(slots[slot].route)
        // Where there is no room, only a path with many requests can drive another out.
        guard seen & (seen - 1) == 0, seen >= 64 || !tree.isFull else {
            hits[0] &+= 1
            return 0
        }
        let hash = slots[slot].hash
        let route = learn(bytes, record, nil, weight: max(1, seen / 2))
        if route > 0, slots[slot].hash == hash { slots[slot].route = Int32(truncatingIfNeeded: route) }
        return route
    }

    /// Looks the path up in the tree, which may make a route; `hash` is where to remember the outcome.
    @inline(never)
    private mutating func learn(
        _ bytes: Span<UInt8>, _ record: RequestRecord, _ hash: UInt64?, weight: Int
    ) -> Int {
        guard let segments = PathText.segments(bytes, record.path) else {
            hits[0] &+= 1
            return 0
        }
        let creates = Self.isKnownPath(status: record.status)
        if creates { gatherHits() }
        var route = 0
        if let name = name(of: segments.map(\.text)) {
            route = self.route(named: name)
        } else {
            let words = segments.map { segment in
                let isID =
                    segment.range.end > segment.range.start
                    && SegmentClass.isID(bytes, segment.range.start, segment.range.end)
                return (text: segment.text, isID: isID)
            }
            // The root path has one empty segment and is the tree's own root.
            let isRoot = words.count == 1 && words[0].text.isEmpty
            if let node = tree.node(for: isRoot ? [] : words, creates: creates, hits: hits) {
                route = tree.route(at: node, creates: creates, weight: weight, hits: hits)
            }
        }
        while hits.count <= route { hits.append(0) }
        hits[route] &+= 1
        if !tree.changes.isEmpty { follow(tree.changes) }
        if let hash { remember(hash, route > 0 ? route : creates ? -1 : 0) }
        return route
    }

    private mutating func follow(_ changes: [RouteTree.Change]) {
        for case .merged(let route, let target) in changes {
            // A route that only lost its place to a busier one waits with what it had.
            let left = target > 0 ? Int32(truncatingIfNeeded: target) : -Int32(clamping: max(1, hits[route]))
            for slot in slots.indices where slots[slot].route == Int32(truncatingIfNeeded: route) {
                slots[slot].route = left
            }
            hits[target] &+= hits[route]
            hits[route] = 0
        }
    }

    /// Brings `hits` up to date.
    private mutating func gatherHits() {
        for slot in slots.indices where slots[slot].hits > 0 {
            hits[Int(slots[slot].route)] &+= Int(slots[slot].hits)
            slots[slot].hits = 0
        }
    }

    private mutating func remember(_ hash: UInt64, _ route: Int) {
        if used >= Self.slotCount / 2 {
            gatherHits()
            for slot in slots.indices { slots[slot] = Slot() }
            used = 0
        }
        var place = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while slots[place].hash != 0 { place = (place + 1) & (Self.slotCount - 1) }
        slots[place] = Slot(hash: hash | 1, route: Int32(truncatingIfNeeded: route))
        used += 1
    }

    /// What the operator calls a path: the first pattern that fits, else the first rule for checks; nil where none does.
    private func name(of path: [String]) -> Name? {
        let rules = ignored.filter { $0.path.matches(path) }
        guard let pattern = patterns.first(where: { $0.matches(path) }) ?? rules.first?.path else {
            return nil
        }
        return Name(text: pattern.text, ignoredMethods: rules.reduce(0) { $0 | $1.methods })
    }

    /// Whether a request of this method on this route is a check.
    func isIgnored(_ route: Int, _ method: HTTPMethod) -> Bool {
        guard let methods = names[route]?.ignoredMethods else { return false }
        return methods & method.bit != 0
    }

    @inline(never)
    private mutating func explicit(_ bytes: Span<UInt8>, _ record: RequestRecord) -> Int {
        if let check = check(bytes, record) { return check }
        let name = Name(text: PathText.decoded(bytes, record.route))
        guard named[name] != nil || named.count < tree.routesMax else {
            hits[0] &+= 1
            return 0
        }
        let route = route(named: name)
        hits[route] &+= 1
        return route
    }

    /// The route of a check in a log that names its routes itself; nil for all else.
    private mutating func check(_ bytes: Span<UInt8>, _ record: RequestRecord) -> Int? {
        guard !ignored.isEmpty, let segments = PathText.segments(bytes, record.path),
            let name = name(of: segments.map(\.text)),
            name.ignoredMethods & HTTPMethod.named(bytes, record.method).bit != 0
        else { return nil }
        return route(named: name)
    }

    private mutating func route(named name: Name) -> Int {
        if let route = named[name] { return route }
        let route = tree.addForeignRoute()
        named[name] = route
        names[route] = name
        while hits.count <= route { hits.append(0) }
        return route
    }
}

extension HTTPMethod {
    /// The method as one of sixteen bits.
    fileprivate var bit: UInt16 { 1 << UInt16(rawValue) }
}

extension IgnoredRequest {
    fileprivate var methods: UInt16 { method?.bit ?? .max }
}
