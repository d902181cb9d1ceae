import CLinux
import Glibc
import Synchronization

/// Frames on their way from the sampling thread, which never waits for a disk, to the thread that does.
///
/// Bounded: when the disk's thread is too slow, what comes is dropped and counted. A dropped tick is a gap until the next
/// snapshot, as on any link.
package final class FrameQueue: Sendable {
    /// The frames of one tick.
    package struct Item: Sendable {
        package var frames: [UInt8]
        /// The frames that open a session, with its first item.
        package var opening: [UInt8]?
        package var isSnapshot: Bool

        package init(frames: [UInt8], opening: [UInt8]? = nil, isSnapshot: Bool) {
            self.frames = frames
            self.opening = opening
            self.isSnapshot = isSnapshot
        }
    }

    private struct State {
        var items: [Item] = []
        var bytes = 0
        var droppedBytes: UInt64 = 0
        var isEnded = false
    }

    package static let bytesMax = 4 << 20
    private let state = Mutex(State())
    /// Waited on for reading by the disk's thread; negative where there is none, and it looks once a second.
    package let bell: Int32

    package init() {
        bell = clinux_bell()
    }

    deinit {
        if bell >= 0 { close(bell) }
    }

    package var waitingBytes: Int { state.withLock { $0.bytes } }
    package var droppedBytes: UInt64 { state.withLock { $0.droppedBytes } }
    package var isEnded: Bool { state.withLock { $0.isEnded } }

    /// Never waits; false where the item was dropped.
    @discardableResult
    package func push(_ item: Item) -> Bool {
        let count = item.frames.count + (item.opening?.count ?? 0)
        let isTaken = state.withLock { state in
            guard !state.isEnded, state.bytes + count <= Self.bytesMax else {
                state.droppedBytes &+= UInt64(count)
                return false
            }
            state.items.append(item)
            state.bytes += count
            return true
        }
        if isTaken { ring() }
        return isTaken
    }

    /// All items there are, in order.
    package func drain() -> [Item] {
        var rings: UInt64 = 0
        _ = unsafe withUnsafeMutableBytes(of: &rings) { unsafe read(bell, $0.baseAddress, 8) }
        return state.withLock { state in
            let items = state.items
            state.items = []
            state.bytes = 0
            return items
        }
    }

    /// Nothing more comes; the disk's thread writes what is here and ends.
    package func end() {
        state.withLock { $0.isEnded = true }
        ring()
    }

    private func ring() {
        var one: UInt64 = 1
        _ = unsafe withUnsafeBytes(of: &one) { unsafe write(bell, $0.baseAddress, 8) }
    }
}
