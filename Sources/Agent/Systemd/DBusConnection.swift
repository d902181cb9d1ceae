import CLinux
import Glibc

/// A connection to a bus, or to systemd itself, that never blocks: what is received is handed over as messages.
final class DBusConnection {
    /// Why there is no connection any more.
    enum Failure: Error, Equatable {
        /// The socket cannot be connected to; errno(3).
        case unreachable(Int32)
        /// The other end refused us, went away, or sent what is no D-Bus.
        case broken(String)
    }

    private enum State {
        case authenticating
        case open
        case closed
    }

    let path: String
    /// Whether a bus passes messages on; else the other end is systemd.
    private let isBus: Bool
    private(set) var descriptor: Int32
    private var state = State.authenticating
    private var serial: UInt32 = 0
    private var outgoing: [UInt8] = []
    private var incoming: [UInt8] = []
    /// Calls that wait for the end of authentication.
    private var held: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    private static let lineBytesMax = 1024
    private static let manager = "org.freedesktop.systemd1"

    init(_ path: String, isBus: Bool) throws(Failure) {
        self.path = path
        self.isBus = isBus
        descriptor = unsafe clinux_connect_unix(path)
        guard descriptor >= 0 else { throw .unreachable(-descriptor) }
        // EXTERNAL: the kernel tells the other end who we are; the number of the user as text, in hexadecimal.
        let user = "\(geteuid())".utf8.map { digit in
            ["30", "31", "32", "33", "34", "35", "36", "37", "38", "39"][Int(digit - 0x30)]
        }
        outgoing = [0] + Array("AUTH EXTERNAL \(user.joined())\r\n".utf8)
        if isBus {
            held +=
                call(
                    "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", [],
                    destination: "org.freedesktop.DBus"
                ).bytes
        }
        try flush()
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        state = .closed
    }

    /// Sends a call to systemd; its serial, which the answer bears.
    func send(_ path: String, _ interface: String, _ member: String, _ arguments: [String] = [])
        throws(Failure)
        -> UInt32
    {
        let (serial, bytes) = call(path, interface, member, arguments, destination: Self.manager)
        if state == .open { outgoing += bytes } else { held += bytes }
        try flush()
        return serial
    }

    private func call(
        _ path: String, _ interface: String, _ member: String, _ arguments: [String], destination: String
    ) -> (serial: UInt32, bytes: [UInt8]) {
        serial = serial == .max ? 1 : serial + 1
        return (
            serial,
            DBusMessage.call(
                serial: serial, destination: isBus ? destination : nil, path: path, interface: interface,
                member: member, arguments: arguments)
        )
    }

    /// Sends what the socket takes; the rest goes with the next call or answer.
    private func flush() throws(Failure) {
        var done = 0
        while done < outgoing.count {
            let count = unsafe outgoing.withUnsafeBytes { bytes in
                unsafe clinux_send(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) { break }
            guard count > 0 else { throw .broken("the connection is gone (errno \(-count))") }
            done += count
        }
        outgoing.removeFirst(done)
    }

    /// Takes what has come; `take` is given each message.
    func receive(_ take: (DBusMessage) throws(Failure) -> Void) throws(Failure) {
        while state != .closed {
            let descriptor = descriptor
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { break }
            guard count > 0 else { throw .broken("the other end closed the connection") }
            incoming += buffer[..<count]
            try advance(take)
        }
        if state != .closed { try flush() }
    }

    private func advance(_ take: (DBusMessage) throws(Failure) -> Void) throws(Failure) {
        if state == .authenticating { try authenticate() }
        var taken = 0
        while state == .open {
            switch DBusMessage.parse(incoming, from: taken) {
            case .more:
                incoming.removeFirst(taken)
                return
            case .broken: throw .broken("what came is no message")
            case .message(let message, let bytes):
                taken += bytes
                try take(message)
            }
        }
    }

    /// The other end's one line: `OK` and its number, or a refusal.
    private func authenticate() throws(Failure) {
        guard let end = incoming.firstIndex(of: UInt8(ascii: "\n")) else {
            guard incoming.count < Self.lineBytesMax else { throw .broken("a line without end") }
            return
        }
        guard incoming.starts(with: "OK".utf8) else { throw .broken("we are not let in") }
        incoming.removeFirst(end + 1)
        state = .open
        outgoing += Array("BEGIN\r\n".utf8) + held
        held = []
        try flush()
    }
}
