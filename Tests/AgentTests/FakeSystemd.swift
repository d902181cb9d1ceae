import CLinux
import Foundation
import Glibc
import TestSupport

/// The other end of the probe's socket: answers what systemd would, one step each time the test turns it.
final class FakeSystemd {
    let folder: TemporaryFolder
    private let listener: Int32
    private(set) var peer: Int32 = -1
    private var incoming: [UInt8] = []
    private var outgoing: [UInt8] = []
    private var isOpen = false
    /// Whether it answers at all, and how many bytes at a time.
    var isSilent = false
    var bytesPerWrite = 1 << 20
    var greeting = "OK 1234deadbeef\r\n"
    var units: [(name: String, load: String, active: String)] = []
    var isLittle = true
    /// Sent instead of any answer.
    var garbage: [UInt8] = []
    /// By `unit property`.
    var properties: [String: [UInt8]] = [:]
    private(set) var calls: [String] = []
    private(set) var connections = 0

    /// Listens where a bus would, below a root of its own.
    init(socket: String = "run/dbus/system_bus_socket", hasSystemd: Bool = true) throws {
        folder = try TemporaryFolder()
        let path = folder.url.appending(path: socket)
        for folder in [
            path.deletingLastPathComponent(),
            folder.url.appending(path: hasSystemd ? "run/systemd/system" : "run"),
        ] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        listener = Glibc.socket(AF_UNIX, Int32(kind), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.path.utf8)) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isBound, listen(listener, 4) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    deinit {
        close(listener)
        if peer >= 0 { close(peer) }
    }

    /// Hangs up, also where a child that another test is starting still holds the descriptor.
    func hangUp() {
        if peer >= 0 {
            shutdown(peer, Int32(SHUT_RDWR))
            close(peer)
        }
        peer = -1
    }

    func turn() {
        let new = accept(listener, nil, nil)
        if new >= 0 {
            hangUp()
            _ = fcntl(new, F_SETFL, O_NONBLOCK)
            peer = new
            incoming = []
            outgoing = []
            isOpen = false
            connections += 1
        }
        guard peer >= 0, !isSilent else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(peer, &buffer, buffer.count), count > 0 { incoming += buffer[..<count] }
        if !garbage.isEmpty, isOpen {
            outgoing += garbage
            garbage = []
        }
        greet()
        while isOpen, let length = length, incoming.count >= length {
            answer(Array(incoming[..<length]))
            incoming.removeFirst(length)
        }
        let part = Array(outgoing.prefix(bytesPerWrite))
        let sent = send(peer, part, part.count, Int32(MSG_NOSIGNAL))
        if sent > 0 { outgoing.removeFirst(sent) }
    }

    private func greet() {
        guard !isOpen, let end = incoming.firstRange(of: Array("\r\n".utf8)) else { return }
        let line = String(decoding: incoming[..<end.lowerBound], as: UTF8.self)
        incoming.removeFirst(end.upperBound)
        if line.hasPrefix("\0AUTH EXTERNAL ") { outgoing += Array(greeting.utf8) }
        if line == "BEGIN" { isOpen = true }
    }

    /// Bytes of the message at the start of what came.
    private var length: Int? {
        guard incoming.count >= 16 else { return nil }
        let fields = Int(number(12))
        return (16 + fields + 7) / 8 * 8 + Int(number(4))
    }

    private func number(_ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(incoming[offset + $1]) << UInt32(8 * $1) }
    }

    private func answer(_ call: [UInt8]) {
        let serial = number(8)
        let text = String(decoding: call.map { $0 < 0x20 || $0 > 0x7E ? 0x20 : $0 }, as: UTF8.self)
        let words = Set(text.split(separator: " ").map(String.init))
        let forge = DBusForge(isLittle: isLittle)
        func reply(_ body: [UInt8], _ signature: String) {
            outgoing += forge.message(answers: serial, signature: signature, body: body)
        }
        if words.contains("Hello") {
            calls.append("Hello")
            reply(forge.adding(":1.7", to: []), "s")
        } else if words.contains("ListUnits") {
            calls.append("ListUnits")
            // A signal between the answers is nobody's.
            outgoing += forge.message(type: 4, answers: 0, signature: "", body: [])
            reply(forge.units(units), "a(ssssssouso)")
        } else {
            let unit =
                text.split(separator: " ").first { $0.hasPrefix("/org/freedesktop/systemd1") }
                .map { $0.split(separator: "/").last.map(String.init) ?? "" } ?? ""
            let known = [
                "SystemState", "Version", "Type", "NRestarts", "NAccepted", "NConnections", "NRefused",
                "LastTriggerUSec",
            ]
            let property = known.first { words.contains($0) } ?? "?"
            calls.append("\(unit) \(property)")
            if let body = properties["\(unit) \(property)"] {
                reply(body, "v")
            } else {
                outgoing += forge.message(
                    type: 3, answers: serial, error: "org.freedesktop.DBus.Error.UnknownProperty",
                    signature: "", body: [])
            }
        }
    }
}
