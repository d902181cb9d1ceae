import Testing
import Wire

@Suite struct `A subscription` {
    @Test(
        arguments: [(false, false, 0), (true, false, 1), (false, true, 2), (true, true, 3)]
            as [(Bool, Bool, UInt8)])
    func `asks for processes and for lines with a bit each`(processes: Bool, lines: Bool, flags: UInt8) throws
    {
        let wanted = Subscription(
            intervalMilliseconds: 1000, wantsAllProcesses: processes, wantsLines: lines)
        let bytes = FrameEncoder.frame(.subscribe(wanted))
        // Magic, version, kind and length, the interval in two bytes, the flags, the checksum.
        #expect(bytes.count == 8 + 3 + 4)
        #expect(bytes[10] == flags)
        var decoder = FrameDecoder()
        decoder.append(bytes)
        #expect(try decoder.next() == .subscribe(wanted))
    }
}
