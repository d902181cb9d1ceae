package import Fleet

/// What follows some orders, as one reader takes it. Where a reader is slow, output beyond `waitingMax` parts is left out, which
/// its offsets show; a change of state comes again with the next one.
package final class OrderFeed: Sendable {
    package let updates: AsyncStream<OrderUpdate>
    let ids: Set<String>
    private let continuation: AsyncStream<OrderUpdate>.Continuation
    private static let waitingMax = 256

    init(_ ids: Set<String>) {
        self.ids = ids
        (updates, continuation) = AsyncStream.makeStream(
            of: OrderUpdate.self, bufferingPolicy: .bufferingNewest(Self.waitingMax))
    }

    func onTermination(_ body: @escaping @Sendable () -> Void) {
        continuation.onTermination = { _ in body() }
    }

    func send(_ update: OrderUpdate) {
        continuation.yield(update)
    }

    package func finish() {
        continuation.finish()
    }
}

/// The output of one order that the hub keeps for who asks later: the first bytes and the last.
struct KeptOutput {
    static let headMax = 1 << 18
    static let tailMax = 1 << 20

    private(set) var head: [UInt8] = []
    private(set) var tail: [UInt8] = []
    private var tailStart: UInt64 = 0
    /// Where the next part should begin.
    private(set) var end: UInt64 = 0

    /// Takes what of a part is new; nil where nothing is.
    mutating func take(_ offset: UInt64, _ bytes: [UInt8]) -> (offset: UInt64, bytes: [UInt8])? {
        let (stop, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !overflow, stop > end, !bytes.isEmpty else { return nil }
        let known = Int(end > offset ? end - offset : 0)
        let fresh = Array(bytes[known...])
        let start = offset + UInt64(known)
        if start == UInt64(head.count), head.count + fresh.count <= Self.headMax {
            head += fresh
        } else {
            if start != tailStart + UInt64(tail.count) {
                tail = []
                tailStart = start
            }
            tail += fresh
            if tail.count > Self.tailMax {
                let beyond = tail.count - Self.tailMax
                tail.removeFirst(beyond)
                tailStart += UInt64(beyond)
            }
        }
        end = stop
        return (start, fresh)
    }

    var parts: [(offset: UInt64, bytes: [UInt8])] {
        [(0, head), (tailStart, tail)].filter { !$0.1.isEmpty }
    }
}
