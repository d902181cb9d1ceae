/// Learns templates: a tree of segments, in which ids are one branch, and so is what branches too widely.
struct RouteTree: Sendable {
    /// One segment below another; nodes are numbers of a list.
    struct Node: Sendable {
        var text: String
        var parent: Int
        var children: [String: Int] = [:]
        /// The branch of ids, or -1.
        var wildcard = -1
        /// New names below this node go to the branch of ids.
        var isCollapsed = false
        /// The route that ends here, or -1.
        var route = -1
        /// Requests seen here while there was no room for another route.
        var waiting = 0
    }

    /// What became of routes while a path was looked up; the holder of their counts follows it.
    enum Change: Equatable, Sendable {
        case merged(route: Int, into: Int)
    }

    /// Names below one node before the rare ones are taken for ids.
    static let fanOutMax = 40
    static let nodesMax = 4096

    private(set) var nodes = [Node(text: "", parent: -1)]
    /// The node of each route, or -1 for a route that is gone; route 0 is `other`.
    private(set) var places: [Int] = [-1]
    private(set) var alive = 0
    var changes: [Change] = []

    let routesMax: Int

    var isFull: Bool { alive >= routesMax }

    init(routesMax: Int) {
        self.routesMax = routesMax
    }

    /// The node for these segments; nil where there is none and none may be made.
    mutating func node(for segments: [(text: String, isID: Bool)], creates: Bool, hits: [Int]) -> Int? {
        var node = 0
        for segment in segments {
            if !segment.isID, let child = nodes[node].children[segment.text] {
                node = child
            } else if segment.isID || nodes[node].isCollapsed {
                guard let next = wildcard(below: node, creates: creates) else { return nil }
                node = next
            } else {
                guard creates, nodes.count < Self.nodesMax else { return nil }
                nodes.append(Node(text: segment.text, parent: node))
                nodes[node].children[segment.text] = nodes.count - 1
                let made = nodes.count - 1
                if nodes[node].children.count > Self.fanOutMax {
                    collapse(node, hits: hits)
                    node = nodes[node].children[segment.text] ?? nodes[node].wildcard
                } else {
                    node = made
                }
            }
        }
        return node
    }

    private mutating func wildcard(below node: Int, creates: Bool) -> Int? {
        if nodes[node].wildcard >= 0 { return nodes[node].wildcard }
        guard creates, nodes.count < Self.nodesMax else { return nil }
        nodes.append(Node(text: ":id", parent: node))
        nodes[node].wildcard = nodes.count - 1
        return nodes.count - 1
    }

    /// The route of a node, made if there is room, or if by now it has more requests than the least of the others;
    /// `weight` requests have come since this was last asked.
    mutating func route(at node: Int, creates: Bool, weight: Int, hits: [Int]) -> Int {
        if nodes[node].route >= 0 { return nodes[node].route }
        guard creates else { return 0 }
        if alive < routesMax { return addRoute(at: node) }
        nodes[node].waiting += weight
        guard nodes[node].waiting >= 16 else { return 0 }
        let least = places.indices.dropFirst().filter { places[$0] >= 0 }.min { hits[$0] < hits[$1] }
        // Twice as many, so that two of a kind do not drive each other out for ever.
        guard let least, hits[least] * 2 < nodes[node].waiting else { return 0 }
        changes.append(.merged(route: least, into: 0))
        nodes[places[least]].route = -1
        nodes[places[least]].waiting = hits[least]
        places[least] = -1
        alive -= 1
        return addRoute(at: node)
    }

    private mutating func addRoute(at node: Int) -> Int {
        places.append(node)
        nodes[node].route = places.count - 1
        alive += 1
        return places.count - 1
    }

    /// A route that stands in no tree: the operator's, or one that the log names.
    mutating func addForeignRoute() -> Int {
        places.append(-1)
        return places.count - 1
    }

    /// Takes the names below `node` that are rare for ids: those with less than a hundredth of the requests below it.
    private mutating func collapse(_ node: Int, hits: [Int]) {
        nodes[node].isCollapsed = true
        let weights = nodes[node].children.mapValues { weight(of: $0, hits: hits) }
        let total = weights.values.reduce(0, +)
        let children = nodes[node].children.sorted { $0.key < $1.key }
        for (text, child) in children where weights[text, default: 0] * 100 < max(total, 1000) {
            nodes[node].children[text] = nil
            merge(child, intoWildcardOf: node, hits: hits)
        }
    }

    private func weight(of node: Int, hits: [Int]) -> Int {
        var total = nodes[node].route >= 0 ? hits[nodes[node].route] : nodes[node].waiting
        for child in nodes[node].children.values { total += weight(of: child, hits: hits) }
        if nodes[node].wildcard >= 0 { total += weight(of: nodes[node].wildcard, hits: hits) }
        return total
    }

    private mutating func merge(_ child: Int, intoWildcardOf node: Int, hits: [Int]) {
        if nodes[node].wildcard < 0 {
            nodes[node].wildcard = child
            nodes[child].text = ":id"
        } else {
            merge(child, into: nodes[node].wildcard, hits: hits)
        }
    }

    private mutating func merge(_ source: Int, into target: Int, hits: [Int]) {
        nodes[target].waiting += nodes[source].waiting
        let route = nodes[source].route
        if route >= 0 {
            if nodes[target].route >= 0 {
                changes.append(.merged(route: route, into: nodes[target].route))
                places[route] = -1
                alive -= 1
            } else {
                nodes[target].route = route
                places[route] = target
            }
            nodes[source].route = -1
        }
        let children = nodes[source].children.sorted { $0.key < $1.key }
        nodes[source].children = [:]
        for (text, child) in children {
            nodes[child].parent = target
            if let same = nodes[target].children[text] {
                merge(child, into: same, hits: hits)
            } else if nodes[target].isCollapsed {
                merge(child, intoWildcardOf: target, hits: hits)
            } else {
                nodes[target].children[text] = child
            }
        }
        let wildcard = nodes[source].wildcard
        if wildcard >= 0 {
            nodes[source].wildcard = -1
            nodes[wildcard].parent = target
            merge(wildcard, intoWildcardOf: target, hits: hits)
        }
        if nodes[target].children.count > Self.fanOutMax { collapse(target, hits: hits) }
    }

    /// The template of a route, as `/items/:id`.
    func template(of route: Int) -> String {
        guard route > 0, route < places.count, places[route] >= 0 else { return "other" }
        var parts: [String] = []
        var node = places[route]
        while node > 0 {
            parts.append(nodes[node].text)
            node = nodes[node].parent
        }
        return parts.isEmpty ? "/" : "/" + parts.reversed().joined(separator: "/")
    }
}
