/// Counts of TCP sockets by state, and the bytes that wait in them, from answers of sock_diag(7).
package struct TCPStates: Equatable {
    /// enum in linux/net/tcp_states.h from 1 on, named as node_exporter does.
    package static let names = [
        "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "time_wait", "close", "close_wait",
        "last_ack", "listen", "closing",
    ]

    package private(set) var counts = [11 of Int64](repeating: 0)
    package private(set) var receiveQueueBytes: Int64 = 0
    package private(set) var sendQueueBytes: Int64 = 0

    package init() {}

    package static func == (left: TCPStates, right: TCPStates) -> Bool {
        left.counts.indices.allSatisfy { left.counts[$0] == right.counts[$0] }
            && left.receiveQueueBytes == right.receiveQueueBytes
            && left.sendQueueBytes == right.sendQueueBytes
    }

    /// struct inet_diag_msg: family 1, state 1, timer 1, retransmits 1, addresses 48, expires 4, receive queue 4,
    /// send queue 4, …
    package mutating func take(_ bytes: Span<UInt8>, _ payload: Range<Int>) {
        guard payload.count >= 64 else { return }
        let state = Int(bytes[payload.lowerBound + 1])
        // TCP_NEW_SYN_RECV, the kernel's own name for a request that is not yet a socket.
        let shown = state == 12 ? 3 : state
        guard shown >= 1, shown <= counts.count else { return }
        counts[shown - 1] += 1
        receiveQueueBytes += Int64(Binary.u32(bytes, payload.lowerBound + 56))
        sendQueueBytes += Int64(Binary.u32(bytes, payload.lowerBound + 60))
    }
}
