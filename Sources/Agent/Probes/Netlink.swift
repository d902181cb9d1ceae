import CLinux
import Glibc

/// A netlink socket that dumps are asked of: opened once, and opened afresh after an error, so that no answer to an
/// older question is left in it.
struct NetlinkSocket: ~Copyable {
    /// NETLINK_ROUTE is 0, NETLINK_SOCK_DIAG 4.
    private let family: Int32
    private let buffer: ProbeBuffer
    private var descriptor: Int32 = -1
    private var sequence: UInt32 = 0

    init(family: Int32, _ buffer: ProbeBuffer) {
        self.family = family
        self.buffer = buffer
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Sends what `body` sends on the descriptor; it returns 0 or -errno.
    mutating func ask(_ body: (Int32, UInt32) -> Int32) throws(ProbeError) {
        if descriptor < 0 { descriptor = clinux_netlink_open(family) }
        guard descriptor >= 0 else { throw .unreadable(path: Self.name, errno: -descriptor) }
        sequence &+= 1
        let result = body(descriptor, sequence)
        guard result >= 0 else {
            close()
            throw .unreadable(path: Self.name, errno: -result)
        }
    }

    /// Receives one datagram of the answer and hands over each message; true when the dump has ended.
    mutating func receive(
        _ body: (_ type: UInt16, _ bytes: Span<UInt8>, _ payload: Range<Int>) -> Void
    ) throws(ProbeError) -> Bool {
        if buffer.bytes.count < Self.datagramBytes {
            buffer.bytes = [UInt8](repeating: 0, count: Self.datagramBytes)
        }
        let descriptor = descriptor
        let count = unsafe buffer.bytes.withUnsafeMutableBytes {
            unsafe clinux_netlink_receive(descriptor, $0.baseAddress, $0.count, Self.patienceMilliseconds)
        }
        guard count > 0 else {
            close()
            throw .unreadable(path: Self.name, errno: count == 0 ? EPIPE : Int32(-count))
        }
        let bytes = buffer.bytes
        var end = NetlinkMessages.End.none
        NetlinkMessages.each(bytes.span.extracting(0..<count), sequence: sequence, &end, body)
        switch end {
        case .none: return false
        case .done: return true
        case .error(let code):
            close()
            throw .unreadable(path: Self.name, errno: code)
        }
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private static let name = "netlink"
    /// The kernel fills no larger datagram for a dump.
    private static let datagramBytes = 32_768
    /// It answers at once; this is for a kernel that has no memory just now.
    private static let patienceMilliseconds: Int32 = 5
}

/// The messages in one datagram, netlink(7): length 4, type 2, flags 2, sequence 4, port 4, payload; aligned to 4.
package enum NetlinkMessages {
    /// How far an answer of several messages is: going on, over, or over with an errno.
    package enum End: Equatable {
        case none, done
        case error(Int32)
    }

    private static let error: UInt16 = 2
    private static let done: UInt16 = 3

    /// Calls `body` for each message of our question; says in `end` whether and how the answer ended.
    package static func each(
        _ bytes: Span<UInt8>, sequence: UInt32, _ end: inout End,
        _ body: (UInt16, Span<UInt8>, Range<Int>) -> Void
    ) {
        var offset = 0
        while offset + 16 <= bytes.count {
            let length = Int(Binary.u32(bytes, offset))
            guard length >= 16, length <= bytes.count - offset else { return }
            let type = Binary.u16(bytes, offset + 4)
            if Binary.u32(bytes, offset + 8) == sequence {
                if type == done { end = .done }
                if type == error, length >= 20 {
                    let code = Int32(bitPattern: Binary.u32(bytes, offset + 16))
                    end = code == 0 ? .done : .error(code == .min ? EIO : abs(code))
                }
                if type > 15 { body(type, bytes, offset + 16..<offset + length) }
            }
            offset += (length + 3) & ~3
        }
    }

    /// Calls `body` with each attribute, rtnetlink(7): length 2, type 2, value; aligned to 4.
    package static func attributes(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ body: (UInt16, Range<Int>) -> Void
    ) {
        var offset = range.lowerBound
        while offset + 4 <= range.upperBound {
            let length = Int(Binary.u16(bytes, offset))
            guard length >= 4, length <= range.upperBound - offset else { return }
            // The two upper bits say nested and byte order.
            body(Binary.u16(bytes, offset + 2) & 0x3FFF, offset + 4..<offset + length)
            offset += (length + 3) & ~3
        }
    }
}

/// Numbers in little-endian order: netlink has the machine's own, and we build for no other. Callers have checked bounds.
enum Binary {
    static func u16(_ bytes: Span<UInt8>, _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }

    static func u32(_ bytes: Span<UInt8>, _ offset: Int) -> UInt32 {
        UInt32(u16(bytes, offset)) | UInt32(u16(bytes, offset + 2)) << 16
    }

    static func u64(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        UInt64(u32(bytes, offset)) | UInt64(u32(bytes, offset + 4)) << 32
    }
}
