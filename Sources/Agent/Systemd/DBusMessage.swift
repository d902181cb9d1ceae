/// One message of D-Bus; D-Bus Specification 0.43, "Message Format".
///
///     offset  bytes  what
///     0       1      byte order: l or B
///     1       1      type: 1 call, 2 answer, 3 error, 4 signal
///     2       1      flags
///     3       1      version: 1
///     4       4      bytes of the body
///     8       4      serial
///     12      4      bytes of the header's fields
///     16      …      fields: a code and a variant each, aligned to 8
///     …       …      zeros up to a multiple of 8, then the body
package struct DBusMessage: Equatable {
    /// Numbers of the D-Bus specification, "Message Format".
    package enum Kind: UInt8 {
        case call = 1
        case answer = 2
        case error = 3
        case signal = 4
    }

    package private(set) var kind: Kind
    package private(set) var serial: UInt32
    /// Of the call that this answers; zero for other messages.
    package private(set) var replySerial: UInt32 = 0
    package private(set) var errorName = ""
    package private(set) var isLittle = true
    package private(set) var body: [UInt8] = []

    /// The specification allows eight times as much; ten thousand units need five megabytes.
    package static let bytesMax = 1 << 24

    /// What the bytes so far make.
    package enum Step: Equatable {
        case more
        /// A message and the bytes that it takes up.
        case message(DBusMessage, bytes: Int)
        case broken
    }

    /// The message that begins at `start`, once it is whole. Messages of types to come are signals here: nobody waits for
    /// them.
    package static func parse(_ bytes: [UInt8], from start: Int = 0) -> Step {
        guard bytes.count - start >= 16 else { return .more }
        let isLittle = bytes[start] == UInt8(ascii: "l")
        guard isLittle || bytes[start] == UInt8(ascii: "B"), bytes[start + 1] != 0, bytes[start + 3] == 1
        else {
            return .broken
        }
        var reader = DBusReader(Array(bytes[start..<(start + 16)]), at: 4, isLittle: isLittle)
        guard let length = reader.uint32(), let serial = reader.uint32(), let fields = reader.uint32(),
            Int(length) <= bytesMax, Int(fields) <= bytesMax
        else { return .broken }
        let bodyStart = (16 + Int(fields) + 7) / 8 * 8
        let end = bodyStart + Int(length)
        guard end <= bytesMax else { return .broken }
        guard bytes.count - start >= end else { return .more }
        var message = DBusMessage(kind: Kind(rawValue: bytes[start + 1]) ?? .signal, serial: serial)
        message.isLittle = isLittle
        // A copy from the message's own start, because values are aligned to that.
        let header = Array(bytes[start..<(start + 16 + Int(fields))])
        guard message.readFields(header) else { return .broken }
        message.body = Array(bytes[(start + bodyStart)..<(start + end)])
        return .message(message, bytes: end)
    }

    private init(kind: Kind, serial: UInt32) {
        self.kind = kind
        self.serial = serial
    }

    private mutating func readFields(_ header: [UInt8]) -> Bool {
        var reader = DBusReader(header, at: 16, isLittle: isLittle)
        while reader.offset < header.count {
            guard reader.align(8), let code = reader.byte() else { return false }
            switch code {
            case 4:
                guard let name = reader.variantString() else { return false }
                errorName = name
            case 5:
                guard let serial = reader.variantNumber() else { return false }
                replySerial = UInt32(truncatingIfNeeded: serial)
            default: guard reader.skipVariant() else { return false }
            }
        }
        return true
    }

    /// A reader at the body's start; the body begins at a multiple of 8, so its values are aligned as in the message.
    package var reader: DBusReader { DBusReader(body, isLittle: isLittle) }

    // MARK: Calls

    /// The bytes of a call whose arguments are strings; without a destination on a connection that has no bus.
    package static func call(
        serial: UInt32, destination: String?, path: String, interface: String, member: String,
        arguments: [String] = []
    ) -> [UInt8] {
        var body: [UInt8] = []
        for argument in arguments { append(argument, to: &body) }
        var fields: [UInt8] = []
        func field(_ code: UInt8, _ type: UInt8, _ text: String) {
            pad(&fields, 8)
            fields += [code, 1, type, 0]
            append(text, to: &fields)
        }
        field(1, UInt8(ascii: "o"), path)
        field(2, UInt8(ascii: "s"), interface)
        field(3, UInt8(ascii: "s"), member)
        if let destination { field(6, UInt8(ascii: "s"), destination) }
        if !arguments.isEmpty {
            pad(&fields, 8)
            fields += [8, 1, UInt8(ascii: "g"), 0, UInt8(truncatingIfNeeded: arguments.count)]
            fields += arguments.map { _ in UInt8(ascii: "s") } + [0]
        }
        var bytes: [UInt8] = [UInt8(ascii: "l"), Kind.call.rawValue, 0, 1]
        append(UInt32(body.count), to: &bytes)
        append(serial, to: &bytes)
        append(UInt32(fields.count), to: &bytes)
        bytes += fields
        pad(&bytes, 8)
        return bytes + body
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        for place in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(8 * place))) }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        pad(&bytes, 4)
        append(UInt32(text.utf8.count), to: &bytes)
        bytes += Array(text.utf8) + [0]
    }

    private static func pad(_ bytes: inout [UInt8], _ size: Int) {
        while bytes.count % size != 0 { bytes.append(0) }
    }
}
