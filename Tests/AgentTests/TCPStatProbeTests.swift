import Agent
import Glibc
import Testing

@Suite struct `Counts of TCP sockets` {
    private final class Clock {
        var nanoseconds: UInt64 = 0
        var step: UInt64 = 0

        func next() -> UInt64 {
            nanoseconds += step
            return nanoseconds
        }
    }

    /// Sockets that listen on ports of their own, until the end of the test.
    private final class Listeners {
        private let descriptors: [Int32]

        init(_ count: Int) {
            descriptors = (0..<count).map { _ in
                let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                listen(descriptor, 1)
                return descriptor
            }
        }

        deinit {
            for descriptor in descriptors { close(descriptor) }
        }
    }

    private static let listening = "node_tcp_connection_states{state=\"listen\"}"

    @Test func `have those that listen among them`() throws {
        let clock = Clock()
        let probe = TCPStatProbe(ProbeBuffer(), clock: clock.next)
        let listeners = Listeners(20)
        let samples = try ProbeBench([probe]).tick()
        #expect(try #require(samples[Self.listening]) >= 20)
        #expect(samples.count == 13)
        withExtendedLifetime(listeners) {}
    }

    /// Each look at the clock takes longer than a slice may: one datagram a tick, and the whole count at the end.
    @Test func `are taken in slices where they take long, and shown when they are whole`() throws {
        let clock = Clock()
        clock.step = 4_000_000
        let probe = TCPStatProbe(ProbeBuffer(), clock: clock.next)
        let bench = ProbeBench([probe])
        let listeners = Listeners(900)
        var ticks = 1
        var samples = try bench.tick()
        while samples[Self.listening] == nil, ticks < 200 {
            #expect(probe.wantsReading(at: bench.now))
            samples = try bench.tick()
            ticks += 1
        }
        #expect(ticks > 2)
        #expect(try #require(samples[Self.listening]) >= 900)
        #expect(!probe.wantsReading(at: bench.now))
        withExtendedLifetime(listeners) {}
    }

    @Test func `are made the more seldom the more they cost`() throws {
        let clock = Clock()
        clock.step = 1_000_000
        let probe = TCPStatProbe(ProbeBuffer(), clock: clock.next)
        let bench = ProbeBench([probe])
        let before = try bench.tick()[Self.listening]
        let listeners = Listeners(50)
        // Some milliseconds of work are followed by as many seconds of rest.
        for _ in 0..<11 { try bench.tick() }
        #expect(try bench.tick()[Self.listening] ?? before == before)
        clock.nanoseconds += 60_000_000_000
        var samples: [String: Double] = [:]
        for _ in 0..<11 { samples.merge(try bench.tick()) { $1 } }
        #expect(try #require(samples[Self.listening]) >= 50)
        withExtendedLifetime(listeners) {}
    }
}
