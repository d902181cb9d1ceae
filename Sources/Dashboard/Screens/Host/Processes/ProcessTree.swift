package import Telemetry

/// Processes under their parents, brothers in the order in which they started, so that a line keeps its place
/// for as long as it lives.
package enum ProcessTree {
    /// Each row that matches once, and once each of its ancestors.
    ///
    /// A parent counts only when it started before its child: a number that was given again is nobody's parent.
    /// Rows that are each other's parents, which a table caught in the middle of a change may hold, begin a tree of
    /// their own.
    ///
    /// - Complexity: O(n log n), with no recursion however deep the tree is.
    package static func lines(_ rows: [ProcessRow], matches: (ProcessRow) -> Bool = { _ in true })
        -> [ProcessLine]
    {
        let parents = parents(of: rows)
        let isMatch = rows.map(matches)
        let isShown = ancestors(of: isMatch, parents)
        let order = rows.indices.filter { isShown[$0] }.sorted { left, right in
            let (one, other) = (rows[left], rows[right])
            return (one.startTicks, one.pid, left) < (other.startTicks, other.pid, right)
        }
        var children = [[Int]](repeating: [], count: rows.count)
        for row in order {
            if let parent = parents[row] { children[parent].append(row) }
        }
        var walk = Walk(children: children, isMatch: isMatch)
        walk.lines.reserveCapacity(order.count)
        for row in order where parents[row] == nil { walk.take(row) }
        for row in order { walk.take(row) }
        return walk.lines
    }

    private static func parents(of rows: [ProcessRow]) -> [Int?] {
        var places: [Int32: Int] = [:]
        places.reserveCapacity(rows.count)
        for (place, row) in rows.enumerated() {
            if let known = places[row.pid], rows[known].startTicks >= row.startTicks { continue }
            places[row.pid] = place
        }
        return rows.enumerated().map { place, row in
            guard let parent = places[row.parent], parent != place,
                rows[parent].startTicks <= row.startTicks
            else { return nil }
            return parent
        }
    }

    private static func ancestors(of isMatch: [Bool], _ parents: [Int?]) -> [Bool] {
        var isShown = [Bool](repeating: false, count: parents.count)
        for row in parents.indices where isMatch[row] {
            var next: Int? = row
            while let place = next, !isShown[place] {
                isShown[place] = true
                next = parents[place]
            }
        }
        return isShown
    }

    /// A walk downwards with a stack of its own.
    private struct Walk {
        let children: [[Int]]
        let isMatch: [Bool]
        var lines: [ProcessLine] = []
        private var isTaken: [Bool]

        init(children: [[Int]], isMatch: [Bool]) {
            self.children = children
            self.isMatch = isMatch
            isTaken = Array(repeating: false, count: children.count)
        }

        mutating func take(_ root: Int) {
            guard !isTaken[root] else { return }
            isTaken[root] = true
            var stack = [ProcessLine(row: root, isContext: !isMatch[root])]
            while let line = stack.popLast() {
                lines.append(line)
                let below = children[line.row].filter { !isTaken[$0] }
                for (place, row) in below.enumerated().reversed() {
                    isTaken[row] = true
                    stack.append(
                        ProcessLine(
                            row: row, depth: line.depth + 1, rails: rails(below: line),
                            isLast: place == below.count - 1, isContext: !isMatch[row]))
                }
            }
        }

        private func rails(below line: ProcessLine) -> UInt32 {
            guard line.depth > 0, line.depth < ProcessLine.depthShown, !line.isLast else { return line.rails }
            return line.rails | 1 << UInt32(line.depth)
        }
    }
}
