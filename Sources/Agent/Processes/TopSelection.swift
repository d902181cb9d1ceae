/// The largest of many, kept while they pass by: a heap whose root is the smallest of them. Of equals the first stay.
package struct TopSelection {
    private struct Item {
        let key: UInt64
        let order: Int
        let place: Int

        /// Whether this one leaves before the other.
        func isBelow(_ other: Item) -> Bool {
            key == other.key ? order > other.order : key < other.key
        }
    }

    private let capacity: Int
    private var heap: [Item] = []
    private var passed = 0

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// The places of those that were kept, in no order.
    package var places: [Int] { heap.map(\.place) }

    package mutating func removeAll() {
        heap.removeAll(keepingCapacity: true)
        passed = 0
    }

    /// Offers the thing at `place`; a key of zero is nothing worth showing.
    package mutating func offer(_ key: UInt64, place: Int) {
        passed += 1
        guard key > 0, capacity > 0 else { return }
        let item = Item(key: key, order: passed, place: place)
        if heap.count < capacity {
            heap.append(item)
            rise(heap.count - 1)
        } else if heap[0].isBelow(item) {
            heap[0] = item
            sink()
        }
    }

    private mutating func rise(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBelow(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBelow(heap[least]) { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
