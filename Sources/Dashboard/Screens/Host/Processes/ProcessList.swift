package import Telemetry

/// The lines of the process table and which of them is selected.
///
/// Lines are worked out when a table comes or when somebody asks for another order, not with every frame. For two
/// seconds after a key the order is held: processes that stay keep their places, new ones follow at the end.
package struct ProcessList: Sendable {
    package static let holdMilliseconds: Int64 = 2000

    package private(set) var sort = ProcessSort.cpu
    package private(set) var isInverted = false
    package private(set) var isTree = false
    package private(set) var lines: [ProcessLine] = []
    package private(set) var selected: ProcessIdentity?
    package private(set) var trends = ProcessTrends()
    /// The first line shown; whoever draws knows how many fit and moves it.
    package var firstLine = 0
    /// What `lines` was worked out from.
    private var basis: Basis?
    private var identities: [ProcessIdentity] = []
    private var heldUntil: Timestamp?

    private struct Basis: Equatable {
        var time: Timestamp
        var rowCount: Int
        var isComplete: Bool
        /// Told apart by its text, so that typing in the query bar works the lines out anew.
        var query: String
        var sort: ProcessSort
        var isInverted: Bool
        var isTree: Bool
    }

    package init() {}

    /// The selected line's place; nil while nothing is shown.
    package var selectedLine: Int? {
        guard !lines.isEmpty else { return nil }
        guard let selected, let place = identities.firstIndex(of: selected) else { return 0 }
        return place
    }

    /// Brings the lines up to date with a table.
    ///
    /// - Parameters:
    ///   - query: the text that `matches` stands for.
    ///   - matches: whether a row is to be shown.
    package mutating func show(
        _ table: ProcessTable, query: String = "", now: Timestamp,
        matches: (ProcessRow) -> Bool = { _ in true }
    ) {
        let isNew = basis.map { $0.time != table.time || $0.rowCount != table.rows.count } ?? true
        if isNew { trends.take(table) }
        let next = Basis(
            time: table.time, rowCount: table.rows.count, isComplete: table.isComplete, query: query,
            sort: sort,
            isInverted: isInverted, isTree: isTree)
        guard next != basis else {
            if heldUntil.map({ $0 <= now }) ?? false { release(table, matches) }
            return
        }
        let isSameOrder =
            basis.map {
                $0.query == query && $0.sort == sort && $0.isInverted == isInverted && $0.isTree == isTree
            } ?? false
        let isHeld = isSameOrder && heldUntil.map { $0 > now } ?? false
        let place = selectedLine
        basis = next
        if isHeld, !isTree {
            lines = held(table, matches)
        } else {
            heldUntil = isHeld ? heldUntil : nil
            lines = ordered(table, matches)
        }
        finish(table, selectedBefore: place)
    }

    /// Nothing is shown, and the next table comes as a new one.
    package mutating func clear() {
        lines = []
        identities = []
        basis = nil
    }

    // MARK: What keys do

    /// Moves the selection; the ends hold.
    package mutating func move(by distance: Int, now: Timestamp) {
        guard let place = selectedLine else { return }
        let step = max(-lines.count, min(distance, lines.count))
        selected = identities[max(0, min(place + step, lines.count - 1))]
        hold(now)
    }

    /// Selects a line that was pointed at; one that is not there changes nothing.
    package mutating func select(line: Int, now: Timestamp) {
        guard identities.indices.contains(line) else { return }
        selected = identities[line]
        hold(now)
    }

    /// Sorts by a column; by the one it is sorted by already, the other way round. Leaves the tree.
    package mutating func sort(by column: ProcessSort) {
        isInverted = column == sort && !isTree ? !isInverted : false
        sort = column
        isTree = false
    }

    /// Sorts by the column to the right or left of the present one.
    package mutating func moveSort(by columns: Int) {
        guard sort.moved(by: columns) != sort else { return }
        sort = sort.moved(by: columns)
        isInverted = false
        isTree = false
    }

    package mutating func invert() {
        isInverted.toggle()
    }

    package mutating func toggleTree() {
        isTree.toggle()
    }

    private mutating func hold(_ now: Timestamp) {
        heldUntil = now.advanced(byMilliseconds: Self.holdMilliseconds)
    }

    private mutating func release(_ table: ProcessTable, _ matches: (ProcessRow) -> Bool) {
        heldUntil = nil
        let place = selectedLine
        lines = ordered(table, matches)
        finish(table, selectedBefore: place)
    }

    // MARK: Lines

    private func ordered(_ table: ProcessTable, _ matches: (ProcessRow) -> Bool) -> [ProcessLine] {
        if isTree { return ProcessTree.lines(table.rows, matches: matches) }
        return sort.order(table.rows, isInverted: isInverted, trends: trends)
            .filter { matches(table.rows[$0]) }
            .map { ProcessLine(row: $0) }
    }

    /// The order of before, without what is gone, then what is new.
    private func held(_ table: ProcessTable, _ matches: (ProcessRow) -> Bool) -> [ProcessLine] {
        let sorted = ordered(table, matches)
        var places: [ProcessIdentity: [ProcessLine]] = [:]
        for line in sorted.reversed() {
            places[ProcessIdentity(table.rows[line.row]), default: []].append(line)
        }
        var kept: Set<Int> = []
        var lines: [ProcessLine] = []
        for identity in identities {
            guard let line = places[identity]?.popLast() else { continue }
            lines.append(line)
            kept.insert(line.row)
        }
        return lines + sorted.filter { !kept.contains($0.row) }
    }

    /// A selected process that is gone leaves the selection at its place.
    private mutating func finish(_ table: ProcessTable, selectedBefore place: Int?) {
        identities = lines.map { ProcessIdentity(table.rows[$0.row]) }
        guard let selected, !identities.contains(selected) else { return }
        self.selected = identities.isEmpty ? nil : identities[max(0, min(place ?? 0, identities.count - 1))]
    }
}
