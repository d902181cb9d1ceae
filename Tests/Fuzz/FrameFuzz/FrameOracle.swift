import Telemetry
import TestSupport
import Wire

/// What must hold of any bytes: no trap, the same messages wherever they are split, and a message that
/// needs no session comes back from its own frame.
enum FrameOracle {
    nonisolated(unsafe) static var messages = 0  // One thread: libFuzzer's, or main's.

    /// The first byte says whether the rest is a stream, or payloads that get right frames around them, so
    /// that the checksum does not hide the parsers from the fuzzer.
    static func check(_ input: [UInt8]) {
        guard let mode = input.first else { return }
        let rest = Array(input.dropFirst())
        let stream = mode & 1 == 0 ? rest : framed(rest)
        let whole = decode([stream])
        let cut = stream.count * Int(mode) / 256
        let halves = decode([Array(stream[..<cut]), Array(stream[cut...])])
        precondition(whole == halves, "a split at \(cut) of \(stream.count) bytes changes the messages")
        messages += whole.count
    }

    /// Frames of: kind, a byte of length, payload.
    private static func framed(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = []
        var rest = bytes[...]
        while let kind = rest.popFirst(), let length = rest.popFirst() {
            stream += FrameForge.frame(kind: kind, payload: Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        return stream
    }

    private static func decode(_ chunks: [[UInt8]]) -> [String] {
        var decoder = FrameDecoder(seriesMax: 4096)
        var agent = AgentSession()
        var hub = HubSession(
            hello: Hello(program: "fuzz", programVersion: "0", host: "", nonce: 0),
            subscription: Subscription(intervalMilliseconds: 1000, wantsAllProcesses: false))
        var found: [String] = []
        for chunk in chunks {
            decoder.append(chunk)
            do throws(WireError) {
                while let message = try decoder.next() {
                    found.append("\(message)")
                    _ = agent.receive(message)
                    _ = hub.receive(message, atMilliseconds: 0)
                    if let frame = FrameEncoder.standaloneFrame(message) { checkFrame(frame, message) }
                }
            } catch {
                found.append(error.name)
                return found
            }
        }
        return found
    }

    private static func checkFrame(_ frame: [UInt8], _ message: WireMessage) {
        var decoder = FrameDecoder()
        decoder.append(frame)
        let again = try? decoder.next()
        precondition(again == message, "\(message) does not come back from its own frame")
    }
}
