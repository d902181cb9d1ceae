/// One key and value that name a series.
package struct Label: Hashable, Comparable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    package static func < (left: Label, right: Label) -> Bool {
        (left.name, left.value) < (right.name, right.value)
    }
}

/// A set of labels in byte order of their names, each name once.
package struct Labels: Hashable, Comparable, Sendable {
    package private(set) var pairs: [Label]

    /// Sorts; of labels with one name the last given wins.
    package init(_ pairs: [Label] = []) {
        var sorted: [Label] = []
        sorted.reserveCapacity(pairs.count)
        for pair in pairs {
            if let same = sorted.firstIndex(where: { $0.name == pair.name }) {
                sorted[same] = pair
            } else {
                sorted.append(pair)
            }
        }
        sorted.sort { $0.name < $1.name }
        self.pairs = sorted
    }

    /// The value of `name`, or nil where the set has no such label.
    package subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    package static func < (left: Labels, right: Labels) -> Bool {
        left.pairs.lexicographicallyPrecedes(right.pairs)
    }
}

extension Labels: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { Label($0.0, $0.1) })
    }
}
