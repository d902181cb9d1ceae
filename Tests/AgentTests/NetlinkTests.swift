import Agent
import TestSupport
import Testing

/// Netlink messages in the layouts of netlink(7) and rtnetlink(7), as the kernel sends them.
enum NetlinkForge {
    static func message(type: UInt16, sequence: UInt32 = 7, _ payload: [UInt8]) -> [UInt8] {
        padded(u32(UInt32(16 + payload.count)) + u16(type) + u16(2) + u32(sequence) + u32(0) + payload)
    }

    static func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        padded(u16(UInt16(4 + value.count)) + u16(type) + value)
    }

    static func link(_ index: UInt32, flags: UInt32 = 0x1043, _ attributes: [UInt8]) -> [UInt8] {
        message(type: 16, [0, 0] + u16(1) + u32(index) + u32(flags) + u32(0) + attributes)
    }

    static func name(_ name: String) -> [UInt8] { attribute(3, Array(name.utf8) + [0]) }

    static func counters(_ values: [UInt64]) -> [UInt8] {
        values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    }

    static func u16(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
    static func u32(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
}

@Suite struct `Netlink answers` {
    private func take(_ bytes: [UInt8], into table: LinkTable) -> NetlinkMessages.End {
        var end = NetlinkMessages.End.none
        NetlinkMessages.each(bytes.span, sequence: 7, &end) { table.take($0, $1, $2) }
        return end
    }

    @Test func `of links give names, properties and counters`() {
        let table = LinkTable(ProbeBuffer())
        let attributes =
            NetlinkForge.name("eth0") + NetlinkForge.attribute(4, NetlinkForge.u32(1500))
            + NetlinkForge.attribute(16, [6]) + NetlinkForge.attribute(33, [1])
            + NetlinkForge.attribute(1, [2, 0xFC, 0, 0, 0, 5])
            + NetlinkForge.attribute(23, NetlinkForge.counters((1...25).map { $0 }))
        let end = take(
            NetlinkForge.link(2, attributes) + NetlinkForge.message(type: 3, [0, 0, 0, 0]), into: table)
        #expect(end == .done)
        #expect(table.links.map(\.name) == [Array("eth0".utf8)])
        #expect(table.links[0].mtu == 1500 && table.links[0].operState == 6 && table.links[0].hasCarrier)
        #expect(table.links[0].counters[0] == 1 && table.links[0].counters[23] == 24)
    }

    @Test func `of counters change the links that are known`() {
        let table = LinkTable(ProbeBuffer())
        _ = take(NetlinkForge.link(2, NetlinkForge.name("eth0")), into: table)
        let generation = table.generation
        for index: UInt32 in [2, 3] {
            let stats = NetlinkForge.attribute(1, NetlinkForge.counters([7, 8]))
            _ = take(
                NetlinkForge.message(
                    type: 92, NetlinkForge.u32(0) + NetlinkForge.u32(index) + NetlinkForge.u32(1) + stats),
                into: table)
        }
        #expect(table.links.count == 1 && table.generation == generation)
        #expect(table.links[0].counters[0] == 7 && table.links[0].counters[1] == 8)
    }

    @Test(
        arguments: [(-2, NetlinkMessages.End.error(2)), (0, .done), (Int32.min, .error(5))]
            as [(Int32, NetlinkMessages.End)])
    func `that are errors end the dump`(_ row: (code: Int32, end: NetlinkMessages.End)) {
        let error = NetlinkForge.message(type: 2, NetlinkForge.u32(UInt32(bitPattern: row.code)))
        #expect(take(error, into: LinkTable(ProbeBuffer())) == row.end)
    }

    @Test func `to another question are passed over`() {
        let table = LinkTable(ProbeBuffer())
        var end = NetlinkMessages.End.none
        let bytes = NetlinkForge.link(2, NetlinkForge.name("eth0")) + NetlinkForge.message(type: 3, [])
        NetlinkMessages.each(bytes.span, sequence: 8, &end) { table.take($0, $1, $2) }
        #expect(end == .none && table.links.isEmpty)
    }

    @Test func `of sockets are counted by state`() {
        var states = TCPStates()
        for (state, receive, send) in [
            (1, 10, 20), (1, 0, 1), (10, 3, 128), (12, 0, 0), (0, 9, 9), (99, 9, 9),
        ] {
            let message =
                [2, UInt8(state), 0, 0] + [UInt8](repeating: 0, count: 52) + NetlinkForge.u32(UInt32(receive))
                + NetlinkForge.u32(UInt32(send)) + [UInt8](repeating: 0, count: 8)
            states.take(message.span, 0..<message.count)
        }
        #expect(states.counts[0] == 2 && states.counts[9] == 1 && states.counts[2] == 1)
        #expect(states.receiveQueueBytes == 13 && states.sendQueueBytes == 149)
    }

    @Test func `of any bytes are read without a trap`() {
        let seed: UInt64 = 20_261_124
        print("netlink garbage: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let whole =
            NetlinkForge.link(
                2, NetlinkForge.name("eth0") + NetlinkForge.attribute(23, NetlinkForge.counters([1, 2])))
            + NetlinkForge.message(type: 92, NetlinkForge.u32(0) + NetlinkForge.u32(2) + NetlinkForge.u32(1))
            + NetlinkForge.message(type: 3, [])
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            let table = LinkTable(ProbeBuffer())
            _ = take(bytes, into: table)
            var states = TCPStates()
            states.take(bytes.span, 0..<bytes.count)
            #expect(table.links.count <= 3)
        }
    }
}
