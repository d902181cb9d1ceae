import Fleet
import Testing

@Suite struct `The catalogue of signals` {
    @Test func `has each name once, and finds it`() {
        #expect(Set(Signal.catalogue.map(\.name)).count == Signal.catalogue.count)
        for signal in Signal.catalogue { #expect(Signal.named(signal.name) == signal) }
        #expect(Signal.named("cpu.idle") == nil)
    }

    @Test func `says of each what a column and help need`() {
        for signal in Signal.catalogue {
            #expect(!signal.title.isEmpty && signal.title.utf8.count <= 8, "\(signal.name): \(signal.title)")
            #expect(!signal.help.isEmpty && signal.help.utf8.count <= 60, "\(signal.name): \(signal.help)")
            #expect(signal.promQL.contains("[W]") ? signal.windowSeconds != nil : true, "\(signal.name)")
        }
    }

    @Test func `carries of many hosts only what a host has once`() {
        let columns = Signal.catalogue.filter(\.isFleetColumn)
        #expect(columns.count == 20)
        for signal in columns { #expect(signal.identity == ["host"], "\(signal.name)") }
    }

    /// The names that rules, gates and queries are written with: what is renamed here breaks them.
    @Test(
        arguments: [
            ("cpu", SignalUnit.ratio, 60), ("cpu.steal", .ratio, 300), ("load.per_core", .number, nil),
            ("memory.available", .bytes, nil), ("swap.rate", .perSecond, 60), ("oom.kills", .count, 600),
            ("disk.full_in", .seconds, 21_600), ("net.receive", .bytesPerSecond, 60),
            ("temperature", .celsius, nil),
            ("unit.failed", .flag, nil), ("http.p99", .seconds, 60), ("http.error_ratio", .ratio, 60),
            ("tls.expires_in", .seconds, nil), ("fleet.silent_ratio", .ratio, nil),
        ] as [(String, SignalUnit, Int64?)])
    func `keeps the units and windows that rules are written with`(
        name: String, unit: SignalUnit, windowSeconds: Int64?
    ) {
        #expect(Signal.named(name)?.unit == unit)
        #expect(Signal.named(name)?.windowSeconds == windowSeconds)
    }
}
