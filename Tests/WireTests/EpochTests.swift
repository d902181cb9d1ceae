import TestSupport
import Testing
import Wire

@Suite struct `An epoch` {
    private func sample(_ random: inout SeededRandom, marks: Int) -> Epoch {
        func number() -> UInt64 { random.next() >> UInt64.random(in: 1...60, using: &random) }
        var epoch = Epoch(ledger: random.next(), sequence: number(), nextNumber: number())
        for _ in 0..<marks {
            var mark = FileMark(
                number: number(), source: "web", path: "/var/log/é/\(number()).log", base: "/var/log/x.log",
                flags: .init(rawValue: UInt8(random.next() & 7)),
                identity: .init(device: number(), inode: number(), birth: Int64(bitPattern: random.next())),
                offset: 300 + number() >> 1)
            mark.head = .init(
                length: Int.random(in: 0...1024, using: &random), hash: .init(value: random.next()))
            mark.tail = .init(
                length: Int.random(in: 0...256, using: &random), hash: .init(value: random.next()))
            mark.cursor = Bool.random(using: &random) ? "s=1;i=2" : ""
            mark.state = (0..<Int.random(in: 0...300, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
            epoch.marks.append(mark)
        }
        epoch.isWhole = Bool.random(using: &random)
        epoch.forgotten = (0..<3).map { _ in number() }
        epoch.counters = (0..<17).map { _ in number() }
        epoch.deltas = [UInt8](repeating: 7, count: Int.random(in: 0...200_000, using: &random))
        epoch.totals = [UInt8](repeating: 9, count: Int.random(in: 0...9, using: &random))
        return epoch
    }

    private func decode(_ bytes: [UInt8]) throws -> [Epoch] {
        var (scanner, decoder) = (FrameScanner(), EpochDecoder())
        var epochs: [Epoch] = []
        while let frame = scanner.next(in: bytes) {
            if let epoch = try decoder.take(bytes, frame.payload) { epochs.append(epoch) }
        }
        return epochs
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `is read as it was written, however many frames it takes`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let epochs = [0, 3, 5000].map { sample(&random, marks: $0) }
        var bytes: [UInt8] = []
        for epoch in epochs { EpochEncoder.append(epoch, to: &bytes) }
        #expect(try decode(bytes) == epochs)
    }

    @Test func `is nothing while its last frame is missing, and takes none of the next one along`() throws {
        var random = SeededRandom(seed: 3)
        let (large, small) = (sample(&random, marks: 5000), sample(&random, marks: 1))
        var bytes: [UInt8] = []
        EpochEncoder.append(large, to: &bytes)
        var scanner = FrameScanner()
        let found = scanner.next(in: bytes)
        let first = try #require(found)
        var torn = Array(bytes[first.bytes])
        EpochEncoder.append(small, to: &torn)
        #expect(try decode(torn) == [small])
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `of damaged bytes is an error or missing, never a trap and never another one`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let epochs = (0..<4).map { _ in sample(&random, marks: 2) }
        var bytes: [UInt8] = []
        for epoch in epochs { EpochEncoder.append(epoch, to: &bytes) }
        for _ in 0..<3 {
            bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        }
        for epoch in try decode(bytes) { #expect(epochs.contains(epoch)) }
        // Behind the checksum, too.
        var decoder = EpochDecoder()
        let payload = (0..<200).map { _ in UInt8.random(in: 0...6, using: &random) }
        _ = try? decoder.take(payload, payload.indices)
    }

    @Test func `is passed over by a link's reader`() throws {
        var bytes = FrameEncoder.frame(.liveBegins)
        EpochEncoder.append(Epoch(), to: &bytes)
        bytes += FrameEncoder.frame(.goodbye(reason: "x"))
        var decoder = FrameDecoder()
        decoder.append(bytes)
        #expect(try decoder.next() == .liveBegins)
        #expect(try decoder.next() == .goodbye(reason: "x"))
        #expect(decoder.unknownFrames == 1)
    }
}
