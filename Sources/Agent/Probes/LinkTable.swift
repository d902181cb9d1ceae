import CLinux

/// The network links as rtnetlink knows them; one for the probes of counters and of properties.
///
/// The counters alone (RTM_GETSTATS) are a sixth of what a whole link costs the kernel and us, so the whole links are
/// asked for only now and then, and when the counters tell of a link that is unknown or of one that is gone.
package final class LinkTable {
    /// What struct rtnl_link_stats64 counts, in its order.
    package typealias Counters = [24 of UInt64]

    /// A network interface as rtnetlink tells of it; numbers are the kernel's (rtnetlink(7), linux/if.h).
    package struct Link {
        package let index: UInt32
        package var name: [UInt8] = []
        package var type: UInt16 = 0
        package var flags: UInt32 = 0
        package var mtu: UInt32 = 0
        package var linkedTo: UInt32 = 0
        package var queueLength: UInt32 = 0
        package var operState: UInt8 = 0
        package var linkMode: UInt8 = 0
        package var group: UInt32 = 0
        package var hasCarrier = false
        package var carrierChanges: UInt32 = 0
        package var carrierUps: UInt32 = 0
        package var carrierDowns: UInt32 = 0
        package var address: [UInt8] = []
        package var broadcast: [UInt8] = []
        package var alias: [UInt8] = []
        package var counters = Counters(repeating: 0)
        fileprivate var wasSeen = true

        fileprivate init(index: UInt32) {
            self.index = index
        }
    }

    package private(set) var links: [Link] = []
    /// Another number whenever a link came, went or got another name.
    package private(set) var generation: UInt64 = 0
    private var socket: NetlinkSocket
    private var hasStatsRequest = true
    private var hasUnknown = false
    private var next = 0
    private static let linksMax = 4096

    package init(_ buffer: ProbeBuffer) {
        socket = NetlinkSocket(family: 0, buffer)
    }

    /// Reads everything about each link.
    package func refresh() throws(ProbeError) {
        begin()
        try socket.ask { clinux_netlink_request($0, Self.getLink, 0, $1) }
        try receive()
        let before = links.count
        links.removeAll { !$0.wasSeen }
        if links.count != before { generation &+= 1 }
    }

    /// Reads the counters, and everything where that tells of other links than are known.
    package func refreshCounters() throws(ProbeError) {
        guard hasStatsRequest, !links.isEmpty else { return try refresh() }
        begin()
        do throws(ProbeError) {
            try socket.ask { clinux_netlink_request_stats($0, $1) }
            try receive()
        } catch {
            // EINVAL and EOPNOTSUPP: Linux before 4.7, or something that is not Linux.
            guard case .unreadable(_, let code) = error, code == 22 || code == 95 else { throw error }
            hasStatsRequest = false
            return try refresh()
        }
        if hasUnknown || links.contains(where: { !$0.wasSeen }) { try refresh() }
    }

    private func begin() {
        for place in links.indices { links[place].wasSeen = false }
        hasUnknown = false
        next = 0
    }

    private func receive() throws(ProbeError) {
        while try !socket.receive({ type, bytes, payload in take(type, bytes, payload) }) {}
    }

    /// Takes one message of an answer.
    package func take(_ type: UInt16, _ bytes: Span<UInt8>, _ payload: Range<Int>) {
        if type == Self.newLink { takeLink(bytes, payload) }
        if type == Self.newStats { takeStats(bytes, payload) }
    }

    /// struct if_stats_msg is family 1, padding 3, index 4, mask 4.
    private func takeStats(_ bytes: Span<UInt8>, _ payload: Range<Int>) {
        guard payload.count >= 12 else { return }
        guard let place = place(of: Binary.u32(bytes, payload.lowerBound + 4)) else {
            hasUnknown = true
            return
        }
        links[place].wasSeen = true
        NetlinkMessages.attributes(bytes, payload.dropFirst(12)) { type, value in
            if type == 1 { takeCounters(bytes, value, place) }
        }
    }

    /// struct ifinfomsg is family 1, padding 1, type 2, index 4, flags 4, change 4.
    private func takeLink(_ bytes: Span<UInt8>, _ payload: Range<Int>) {
        guard payload.count >= 16 else { return }
        let index = Binary.u32(bytes, payload.lowerBound + 4)
        var found = place(of: index)
        if found == nil, links.count < Self.linksMax {
            links.append(Link(index: index))
            generation &+= 1
            found = links.count - 1
        }
        guard let place = found else { return }
        links[place].wasSeen = true
        links[place].type = Binary.u16(bytes, payload.lowerBound + 2)
        links[place].flags = Binary.u32(bytes, payload.lowerBound + 8)
        NetlinkMessages.attributes(bytes, payload.dropFirst(16)) { type, value in
            takeAttribute(type, bytes, value, place)
        }
    }

    /// The numbers are those of enum IFLA_* in linux/if_link.h.
    private func takeAttribute(_ type: UInt16, _ bytes: Span<UInt8>, _ value: Range<Int>, _ place: Int) {
        switch type {
        case 1: Self.set(&links[place].address, bytes, value)
        case 2: Self.set(&links[place].broadcast, bytes, value)
        case 3:
            let name = value.prefix { bytes[$0] != 0 }
            if Self.set(&links[place].name, bytes, name) { generation &+= 1 }
        case 4: links[place].mtu = Self.number(bytes, value)
        case 5: links[place].linkedTo = Self.number(bytes, value)
        case 13: links[place].queueLength = Self.number(bytes, value)
        case 16: links[place].operState = value.isEmpty ? 0 : bytes[value.lowerBound]
        case 17: links[place].linkMode = value.isEmpty ? 0 : bytes[value.lowerBound]
        case 20: Self.set(&links[place].alias, bytes, value.prefix { bytes[$0] != 0 })
        case 23: takeCounters(bytes, value, place)
        case 27: links[place].group = Self.number(bytes, value)
        case 33: links[place].hasCarrier = !value.isEmpty && bytes[value.lowerBound] != 0
        case 35: links[place].carrierChanges = Self.number(bytes, value)
        case 47: links[place].carrierUps = Self.number(bytes, value)
        case 48: links[place].carrierDowns = Self.number(bytes, value)
        default: break
        }
    }

    /// Older kernels have fewer counters: those stay zero.
    private func takeCounters(_ bytes: Span<UInt8>, _ value: Range<Int>, _ place: Int) {
        for counter in 0..<min(24, value.count / 8) {
            links[place].counters[counter] = Binary.u64(bytes, value.lowerBound + counter * 8)
        }
    }

    /// Links come in one order, so the next is nearly always the one.
    private func place(of index: UInt32) -> Int? {
        if next >= links.count || links[next].index != index {
            guard let found = links.firstIndex(where: { $0.index == index }) else { return nil }
            next = found
        }
        next += 1
        return next - 1
    }

    private static func number(_ bytes: Span<UInt8>, _ value: Range<Int>) -> UInt32 {
        value.count >= 4 ? Binary.u32(bytes, value.lowerBound) : 0
    }

    /// Sets `known` if it differs; whether it did.
    @discardableResult
    private static func set(_ known: inout [UInt8], _ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        guard !Fields.equal(bytes, value, known) else { return false }
        known = Fields.array(bytes, value)
        return true
    }

    private static let newLink: UInt16 = 16
    private static let getLink: UInt16 = 18
    private static let newStats: UInt16 = 92
}
