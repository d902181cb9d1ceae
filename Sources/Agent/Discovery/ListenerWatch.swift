import CLinux
import Glibc

/// Tells when programs begin or cease to listen, by sock_diag(7): the kernel lists the sockets that listen without going
/// through those that are connected, which reading /proc/net/tcp would.
final class ListenerWatch {
    private var socket = NetlinkSocket(family: 4, ProbeBuffer())

    private static let diagnosis: UInt16 = 20
    /// TCP_LISTEN is 10.
    private static let states: UInt32 = 1 << 10
    /// inet_diag_msg: family 1, state 1, timer 1, retransmissions 1, addresses 48, four numbers 16, inode 4.
    private static let inodeOffset = 68
    /// A datagram holds some 400 sockets.
    private static let datagramsMax = 16

    /// A sum over the sockets that listen, which another socket changes; nil where the kernel does not tell.
    func sum() -> UInt64? {
        var sum: UInt64 = 0
        var isAnswered = false
        for family in [UInt8(AF_INET), UInt8(AF_INET6)] {
            do throws(ProbeError) {
                try socket.ask { clinux_netlink_request_tcp($0, family, Self.states, $1) }
                var datagrams = 0
                while datagrams < Self.datagramsMax {
                    datagrams += 1
                    let isDone = try socket.receive { type, bytes, payload in
                        let place = payload.lowerBound + Self.inodeOffset
                        guard type == Self.diagnosis, place + 4 <= payload.upperBound else { return }
                        sum &+= (UInt64(Binary.u32(bytes, place)) &+ 1) &* 0x9E37_79B9_7F4A_7C15
                    }
                    if isDone { break }
                }
                isAnswered = true
            } catch {
                // Without IPv6, or without tcp_diag, there is nobody to answer.
                continue
            }
        }
        // Asked every ten seconds at most: a socket that stays open would only be one more to close.
        socket.close()
        return isAnswered ? sum : nil
    }
}
