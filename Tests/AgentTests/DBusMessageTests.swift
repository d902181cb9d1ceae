import Agent
import Foundation
import TestSupport
import Testing

@Suite struct `A D-Bus message` {
    private static let units = [
        (name: "nginx.service", load: "loaded", active: "active"),
        (name: "gone.service", load: "not-found", active: "inactive"),
        (name: "a.mount", load: "loaded", active: "active"),
    ]

    /// Written out by the tables of the specification: the call that every client begins with.
    @Test func `that calls is written as the specification has it`() {
        let expected: [UInt8] =
            Array("l".utf8) + [1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 109, 0, 0, 0]
            + [1, 1, 0x6F, 0, 21, 0, 0, 0] + Array("/org/freedesktop/DBus".utf8) + [0, 0, 0]
            + [2, 1, 0x73, 0, 20, 0, 0, 0] + Array("org.freedesktop.DBus".utf8) + [0, 0, 0, 0]
            + [3, 1, 0x73, 0, 5, 0, 0, 0] + Array("Hello".utf8) + [0, 0, 0]
            + [6, 1, 0x73, 0, 20, 0, 0, 0] + Array("org.freedesktop.DBus".utf8) + [0]
            + [0, 0, 0]
        #expect(
            DBusMessage.call(
                serial: 1, destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus",
                interface: "org.freedesktop.DBus", member: "Hello") == expected)
    }

    @Test func `that calls with arguments can be read again`() throws {
        let bytes = DBusMessage.call(
            serial: 9, destination: nil, path: "/x", interface: "a.b", member: "Get",
            arguments: ["one", "", "three"])
        guard case .message(let message, bytes.count) = DBusMessage.parse(bytes) else {
            Issue.record("no message")
            return
        }
        #expect(message.kind == .call && message.serial == 9)
        #expect(
            message.body
                == [3, 0, 0, 0] + Array("one".utf8) + [0] + [0, 0, 0, 0, 0, 0, 0, 0] + [5, 0, 0, 0]
                + Array("three".utf8) + [0])
    }

    @Test(arguments: [true, false])
    func `in either byte order lists units`(_ isLittle: Bool) throws {
        let forge = DBusForge(isLittle: isLittle)
        let bytes = forge.message(answers: 3, signature: "a(ssssssouso)", body: forge.units(Self.units))
        guard case .message(let message, bytes.count) = DBusMessage.parse(bytes) else {
            Issue.record("no message")
            return
        }
        #expect(message.kind == .answer && message.replySerial == 3 && message.serial == 77)
        let list = try #require(SystemdUnit.list(message.reader, max: 2))
        #expect(list.units.map(\.name) == ["nginx.service", "gone.service"] && list.leftOut == 1)
        #expect(list.units.map(\.isShown) == [true, false])
        #expect(list.units.first?.activeState == "active")
    }

    /// Recorded from the socket of a user's systemd 252 of Debian 12: the answers to ListUnits and to Get SystemState.
    @Test func `of systemd 252 lists its units`() throws {
        let file = Repository.root.appending(path: "Tests/Fixtures/systemd/list-units-252.bin")
        let bytes = [UInt8](try Data(contentsOf: file))
        guard case .message(let first, let length) = DBusMessage.parse(bytes),
            case .message(let second, let rest) = DBusMessage.parse(bytes, from: length)
        else {
            Issue.record("no messages")
            return
        }
        #expect(first.replySerial == 1 && second.replySerial == 2 && length + rest == bytes.count)
        let units = try #require(SystemdUnit.list(first.reader, max: 100)).units
        #expect(units.count == 24 && units.allSatisfy { $0.loadState == "loaded" })
        let shown = units.filter(\.isShown)
        #expect(shown.count == 16)
        #expect(shown.count { $0.name.hasSuffix(".socket") && $0.activeState == "active" } == 7)
        #expect(second.body == Array("\u{1}s\0\0\u{7}\0\0\0running\0".utf8))
        for end in 0..<length { #expect(DBusMessage.parse(Array(bytes[..<end])) == .more) }
    }

    @Test func `that is an error names it`() {
        let bytes = DBusForge().message(type: 3, answers: 4, error: "org.x.Error", signature: "", body: [])
        guard case .message(let message, _) = DBusMessage.parse(bytes) else {
            Issue.record("no message")
            return
        }
        #expect(message.kind == .error && message.errorName == "org.x.Error" && message.replySerial == 4)
    }

    @Test(arguments: [true, false])
    func `split anywhere is the same message`(_ isLittle: Bool) {
        let forge = DBusForge(isLittle: isLittle)
        let bytes = forge.message(answers: 3, signature: "a(ssssssouso)", body: forge.units(Self.units))
        let whole = DBusMessage.parse(bytes)
        for end in 0..<bytes.count { #expect(DBusMessage.parse(Array(bytes[..<end])) == .more) }
        for before in 0..<20 {
            #expect(
                DBusMessage.parse([UInt8](repeating: 7, count: before) + bytes + [1, 2], from: before)
                    == whole)
        }
    }

    @Test func `of any bytes is one, or none, and lists units or not`() {
        let seed: UInt64 = 20_261_202
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<20_000 {
            let forge = DBusForge(isLittle: .random(using: &random))
            var bytes = forge.message(answers: 3, signature: "a(ssssssouso)", body: forge.units(Self.units))
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] = Bool.random(using: &random) ? .random(in: 0...255, using: &random) : 0xFF
            }
            if Bool.random(using: &random) {
                bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &random)))
            }
            if case .message(let message, let length) = DBusMessage.parse(bytes) {
                #expect(length <= bytes.count)
                if let list = SystemdUnit.list(message.reader, max: 2) { #expect(list.units.count <= 2) }
            }
        }
        let letters = Array("lB(){}avsgoubytnqxdh\u{1}\u{0}\u{8}".utf8)
        for _ in 0..<20_000 {
            let noise = (0..<Int.random(in: 0...90, using: &random)).map { _ in
                letters[Int.random(in: letters.indices, using: &random)]
            }
            _ = DBusMessage.parse(
                [0x6C, 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, UInt8(noise.count), 0, 0, 0] + noise + [
                    0, 0, 0, 0, 0, 0, 0, 0,
                ])
        }
    }

    @Test(arguments: ["v", "(", "a", "{", "aa(", "aaaaaaaas"])
    func `with a signature that does not end, or goes too deep, is refused`(_ part: String) {
        let forge = DBusForge()
        let signature = String(repeating: part, count: 250 / part.utf8.count)
        // A header field of this type, with a value of zeros.
        let field =
            [200, UInt8(signature.utf8.count)] + Array(signature.utf8) + [UInt8](repeating: 0, count: 300)
        let head: [UInt8] =
            [0x6C, 2, 0, 1] + forge.number(0, 4) + forge.number(1, 4) + forge.number(UInt64(field.count), 4)
        #expect(DBusMessage.parse(forge.padded(head + field, 8)) == .broken)
    }
}
