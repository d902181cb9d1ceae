import Telemetry
import TestSupport
import Testing
import Wire

private let row = ProcessRow(
    pid: 4121, parent: 1, startTicks: 99, state: UInt8(ascii: "S"), user: "app", cpuHundredths: 812,
    cpuMilliseconds: 123, residentBytes: 41 << 30, ioBytesPerSecond: nil, threads: 64, command: "web-server",
    commandLine: "web-server --port 8080", unit: "web.service")

private let everyAction = HostActions(
    actions: [
        DeclaredAction(name: "restart-web", about: "Restart it", lock: "web", user: "root"),
        DeclaredAction(
            name: "deploy-web", about: "Deploy it", danger: .destroy, timeoutMilliseconds: 600_000,
            expectsReboot: true, returnMilliseconds: 1,
            parameters: [
                parameter("version", "version"), parameter("mode", "choice fast|safe default safe"),
                parameter("count", "int 1..20"),
            ]),
    ], refusal: "actions = no", isWeaklyContained: true)

private func parameter(_ name: String, _ type: String) -> DeclaredAction.Parameter {
    do throws(ActionError) {
        return DeclaredAction.Parameter(name: name, type: try ActionParameter(type))
    } catch {
        preconditionFailure("\(error)")
    }
}

let everyMessage: [WireMessage] = [
    .hello(Hello(program: "martlet-agent", programVersion: "0.1.0", host: "web1", ledger: "l1", nonce: .max)),
    .hello(
        Hello(
            program: "martlet-agent", programVersion: "0.2.0", host: "web1", nonce: 1, configuration: .awaited
        )),
    .processes(
        host: "", ProcessTable(time: Timestamp(milliseconds: 5), isComplete: true, total: 9, rows: [row])),
    .facts(
        host: "web1",
        HostFacts(
            kernelName: "web1", kernelRelease: "6.1", machine: "x86_64", operatingSystem: "Debian",
            machineID: "m",
            bootID: "b", bootTime: Timestamp(milliseconds: 7), onlineCPUs: 16, cpuModel: "EPYC",
            memoryBytes: 64 << 30,
            agentVersion: "0.1.0", notApplicable: [Label("systemd", "does not run here")])),
    .event(
        WireEvent(
            time: Timestamp(milliseconds: -1), kind: "deploy", labels: ["service": "web"], text: "4.12.1")),
    .liveBegins, .goodbye(reason: "asked to stop"),
    .have(from: Timestamp(milliseconds: 1), to: Timestamp(milliseconds: 2)),
    .report(Report(id: "a1", state: .ended, exitStatus: -9, text: "killed")),
    .report(
        Report(
            id: "a2", state: .ended, exitStatus: -15, text: "", cause: .timeout, isWeaklyContained: true,
            startedAt: Timestamp(milliseconds: 1), endedAt: Timestamp(milliseconds: 2), outputBytes: 1 << 40,
            droppedBytes: 7)),
    .report(
        Report(
            id: "a3", state: .refused, exitStatus: 0, text: "cooldown", cause: .busy,
            freeInMilliseconds: 57_000)),
    .actions(everyAction), .output(OutputPart(id: "a2", offset: 1 << 20, bytes: [0, 27, 255])),
    .subscribe(Subscription(intervalMilliseconds: 1000, wantsAllProcesses: true)), .resume(sequence: 77),
    .replay(from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 9), stepMilliseconds: 60_000),
    .credit(ticks: 64), .acknowledge(sequence: 1 << 60),
    .order(Order(id: "o", action: "restart", parameters: ["v": "1"])),
    .order(
        Order(
            id: "o", action: "restart", parameters: ["v": "1"], sequence: 1 << 40, hub: "0123456789abcdef",
            sentAt: Timestamp(milliseconds: 9))),
    .cancel(id: "o", actor: ["uid": "7"]), .configuration(Array("[agent]\nprocesses = 5\n".utf8)),
]

@Suite struct `A frame` {
    @Test(arguments: everyMessage)
    func `gives its message back`(_ message: WireMessage) throws {
        var decoder = FrameDecoder()
        decoder.append(FrameEncoder.frame(message))
        #expect(try decoder.next() == message)
        #expect(try decoder.next() == nil)
    }

    @Test(arguments: everyMessage)
    func `with any one byte changed gives an error or another message, never a trap`(_ message: WireMessage) {
        let whole = FrameEncoder.frame(message)
        for position in whole.indices {
            for flip: UInt8 in [0x01, 0x80, 0xFF] {
                var bytes = whole
                bytes[position] ^= flip
                var decoder = FrameDecoder()
                decoder.append(bytes)
                while let found = try? decoder.next() { #expect(found != message) }
            }
        }
    }

    @Test func `with a configuration that is longer than one may be ends the session`() throws {
        // The varints of 65,536 and of one more.
        for (length, count, isTaken) in [
            ([0x80, 0x80, 0x04], 65_536, true), ([0x81, 0x80, 0x04], 65_537, false),
        ]
            as [([UInt8], Int, Bool)]
        {
            var decoder = FrameDecoder()
            decoder.append(
                FrameForge.frame(kind: 133, payload: length + [UInt8](repeating: 0x23, count: count)))
            let found = try? decoder.next()
            #expect((found != nil) == isTaken)
        }
    }

    @Test func `whose checksum is wrong names the place`() {
        let good = FrameEncoder.frame(.liveBegins)
        var bytes = good + good
        bytes[bytes.count - 1] ^= 1
        var decoder = FrameDecoder()
        decoder.append(bytes)
        #expect(throws: Never.self) { try decoder.next() }
        let place = WireError.checksum(offset: UInt64(good.count))
        #expect(throws: place) { try decoder.next() }
        #expect(throws: place) { try decoder.next() }
    }

    @Test func `after foreign text is found, and foreign text after a frame is an error`() throws {
        var decoder = FrameDecoder()
        decoder.append(Array("motd \u{A7} M \u{A7}\u{A7}".utf8) + FrameEncoder.frame(.liveBegins))
        #expect(try decoder.next() == .liveBegins)
        decoder.append(Array("oops".utf8))
        #expect(throws: WireError.self) { try decoder.next() }
    }

    @Test func `is found after foreign text that looks like a frame`() throws {
        var decoder = FrameDecoder()
        let lookalike: [UInt8] = [0xA7, 0x4D, 1, 8, 3, 0, 0, 0, 1, 2, 3, 9, 9, 9, 9, 0xA7]
        decoder.append(lookalike + FrameEncoder.frame(.liveBegins))
        #expect(try decoder.next() == .liveBegins)
        #expect(decoder.skippedBytes == UInt64(lookalike.count))
    }

    @Test func `of a kind that may be passed over is, and counted`() throws {
        var decoder = FrameDecoder()
        decoder.append(
            FrameForge.frame(kind: 200, payload: [1, 2]) + FrameEncoder.frame(.goodbye(reason: "")))
        #expect(try decoder.next() == .goodbye(reason: ""))
        #expect(decoder.unknownFrames == 1)
        decoder.append(FrameForge.frame(kind: 100, payload: []))
        #expect(throws: WireError.unknownKind(100)) { try decoder.next() }
    }

    @Test func `cuts text that is too long on a character's border`() throws {
        var decoder = FrameDecoder()
        decoder.append(FrameEncoder.frame(.goodbye(reason: "x" + String(repeating: "€", count: 2000))))
        let kept = String(repeating: "€", count: 1365 - 1)
        #expect(try decoder.next() == .goodbye(reason: "x" + kept + "€"))
    }

    @Test func `that never begins is given up after 64 KiB`() {
        var decoder = FrameDecoder()
        decoder.append([UInt8](repeating: 0x20, count: WireLimits.bannerBytes + 8))
        #expect(throws: WireError.noFrames) { try decoder.next() }
    }

    @Test func `of a later format is refused by its number`() {
        var decoder = FrameDecoder()
        decoder.append(FrameEncoder.frame(.liveBegins) + FrameForge.frame(version: 9, kind: 8, payload: []))
        #expect(throws: Never.self) { try decoder.next() }
        #expect(throws: WireError.version(found: 9)) { try decoder.next() }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `of arbitrary bytes gives an error or nothing, never a trap`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let kinds = FrameKind.allCases
        var decoder = FrameDecoder()
        decoder.append(FrameEncoder.frame(.liveBegins))
        for _ in 0..<20 {
            let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
            let payload = (0..<Int.random(in: 0..<80, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...3, using: &random) : UInt8.random(in: 0...255, using: &random)
            }
            decoder.append(FrameForge.frame(kind: kind.rawValue, payload: payload))
            do { while try decoder.next() != nil {} } catch { decoder = FrameDecoder() }
        }
    }
}
