import CLinux
import Telemetry
import Wire

/// TCP sockets by state, counted from a dump by sock_diag(7).
///
/// A machine with a million sockets needs a second for one dump, so it is taken in slices of bounded time, one a tick,
/// and the next one begins the later the more the last one cost. The values are those of the last whole dump.
package final class TCPStatProbe: Probe {
    package let name = "tcpstat"
    package let tier = Tier.tenSeconds
    private var socket: NetlinkSocket
    private let clock: () -> UInt64
    private var found = TCPStates()
    private var shown: TCPStates?
    /// AF_INET and AF_INET6 while one is being asked for, 0 between dumps.
    private var family: UInt8 = 0
    private var isAsked = false
    private var costNanoseconds: UInt64 = 0
    private var nextStart: UInt64 = 0
    private var slots: [Int] = []

    private static let inet: UInt8 = 2
    private static let inet6: UInt8 = 10
    private static let tcpDiagnosis: UInt16 = 20
    private static let sliceNanoseconds: UInt64 = 3_000_000
    /// A dump takes at most one part in so many of the time.
    private static let restFactor: UInt64 = 1000

    /// `clock` gives monotonic nanoseconds.
    package init(_ buffer: ProbeBuffer, clock: @escaping () -> UInt64) {
        socket = NetlinkSocket(family: 4, buffer)
        self.clock = clock
    }

    package func wantsReading(at now: TickTime) -> Bool { family != 0 }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let started = clock()
        if family == 0, started >= nextStart {
            found = TCPStates()
            costNanoseconds = 0
            family = Self.inet
            isAsked = false
        }
        do throws(ProbeError) {
            if family != 0 { try advance(until: started &+ Self.sliceNanoseconds) }
        } catch {
            family = 0
            socket.close()
            throw error.isAbsent
                ? .notApplicable(reason: "this kernel lists no TCP sockets (tcp_diag)") : error
        }
        let now = clock()
        costNanoseconds &+= now &- started
        if family == 0, started >= nextStart {
            shown = found
            nextStart = now &+ costNanoseconds &* Self.restFactor
        }
        guard let shown else { throw .overdue(what: "the list of TCP sockets") }
        show(shown, &readings)
    }

    /// One datagram at least, so that even a slow machine comes to the end.
    private func advance(until deadline: UInt64) throws(ProbeError) {
        repeat {
            if !isAsked {
                let family = family
                try socket.ask { clinux_netlink_request_tcp($0, family, .max, $1) }
                isAsked = true
            }
            guard try receive() else { continue }
            isAsked = false
            family = family == Self.inet ? Self.inet6 : 0
        } while family != 0 && clock() < deadline
    }

    /// Receives one datagram; true when this family is done.
    private func receive() throws(ProbeError) -> Bool {
        do throws(ProbeError) {
            return try socket.receive { type, bytes, payload in
                if type == Self.tcpDiagnosis { found.take(bytes, payload) }
            }
        } catch {
            // Without IPv6 there is nobody to answer for it.
            if family == Self.inet6, error.isAbsent { return true }
            throw error
        }
    }

    private func show(_ states: TCPStates, _ readings: inout Readings) {
        if slots.isEmpty {
            slots = (TCPStates.names + ["rx_queued_bytes", "tx_queued_bytes"]).map {
                readings.define(
                    SeriesDefinition(SeriesKey("node_tcp_connection_states", ["state": $0]), .gauge))
            }
        }
        for state in states.counts.indices { readings[slots[state]] = states.counts[state] }
        readings[slots[states.counts.count]] = states.receiveQueueBytes
        readings[slots[states.counts.count + 1]] = states.sendQueueBytes
    }
}
