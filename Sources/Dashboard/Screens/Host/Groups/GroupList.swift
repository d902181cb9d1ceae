package import Telemetry

/// The lines of the units or the containers, and which of them is selected. As with processes, the order is held for
/// two seconds after a key.
package struct GroupList: Sendable {
    package let kind: GroupKind
    package private(set) var sort = GroupSort.cpu
    package private(set) var isInverted = false
    private(set) var rows: [GroupRow] = []
    package private(set) var selected: String?
    package var firstLine = 0
    private var heldUntil: Timestamp?

    package init(_ kind: GroupKind) {
        self.kind = kind
    }

    package var count: Int { rows.count }

    package var selectedLine: Int? {
        guard !rows.isEmpty else { return nil }
        return selected.flatMap { name in rows.firstIndex { $0.name == name } } ?? 0
    }

    mutating func show(_ next: [GroupRow], now: Timestamp) {
        let place = selectedLine
        let ordered = sort.order(next, isInverted: isInverted)
        if heldUntil.map({ $0 > now }) ?? false {
            let places = Dictionary(
                rows.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
            rows = ordered.enumerated().sorted { left, right in
                let one = places[left.element.name] ?? rows.count + left.offset
                let other = places[right.element.name] ?? rows.count + right.offset
                return one < other
            }.map(\.element)
        } else {
            rows = ordered
        }
        if let selected, !rows.contains(where: { $0.name == selected }) {
            self.selected = rows.isEmpty ? nil : rows[max(0, min(place ?? 0, rows.count - 1))].name
        }
    }

    package mutating func move(by distance: Int, now: Timestamp) {
        guard let place = selectedLine else { return }
        let step = max(-rows.count, min(distance, rows.count))
        selected = rows[max(0, min(place + step, rows.count - 1))].name
        heldUntil = now.advanced(byMilliseconds: ProcessList.holdMilliseconds)
    }

    /// Selects a line that was pointed at; one that is not there changes nothing.
    package mutating func select(line: Int, now: Timestamp) {
        guard rows.indices.contains(line) else { return }
        selected = rows[line].name
        heldUntil = now.advanced(byMilliseconds: ProcessList.holdMilliseconds)
    }

    package mutating func sort(by column: GroupSort) {
        isInverted = column == sort ? !isInverted : false
        sort = column
        heldUntil = nil
    }

    package mutating func moveSort(by columns: Int) {
        guard sort.moved(by: columns) != sort else { return }
        sort = sort.moved(by: columns)
        isInverted = false
        heldUntil = nil
    }

    package mutating func invert() {
        isInverted.toggle()
        heldUntil = nil
    }
}
