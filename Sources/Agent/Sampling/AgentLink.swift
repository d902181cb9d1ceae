import CLinux
import Glibc
import Telemetry
import Wire

/// One reader of the agent's ticks, with what it asked for: the standard streams, or a connection to the recorder's socket.
///
/// All links get the same frames. One that could not take some waits for the next snapshot, as a reader that joins does.
final class AgentLink {
    /// What the reader wants while it looks.
    struct Wishes {
        /// Nil until it has said so.
        var intervalMilliseconds: UInt32?
        var wantsAllProcesses = false
        var wantsLines = false
    }

    static let mayNotOrder = "orders are taken from the user whom the agent runs as, and from root"

    let input: Int32
    /// Whether messages are taken from `input`.
    let isHeard: Bool
    /// Whether the process lives for this link and ends with it.
    let isStandard: Bool
    /// Whether its orders are taken: those of this user and of root.
    let mayOrder: Bool
    var output: AgentOutput
    var session = AgentSession()
    var wishes = Wishes()
    var hasSaidHello = false
    /// What the reader asked for before the sampling began.
    var early: [AgentSession.Effect] = []
    /// Why the link ends; nil while it goes on. The first reason holds.
    private(set) var ending: String?
    /// Ticks are of use to it from the next snapshot on.
    var needsSnapshot = true
    /// Whether it has had one.
    var hasHeard = false
    /// Ticks in a row that it could not take.
    var lostTicks: UInt64 = 0
    /// Whether the frames of this tick are for it.
    var takes = false
    var replay: ReplayChild?
    /// A replay that was asked for while another ran; the last one said holds.
    var nextReplay: ReplayRequest?
    /// A hub defines no series.
    private var decoder = FrameDecoder(seriesMax: 0)
    private var buffer = [UInt8](repeating: 0, count: 4096)

    init(standardAsText isText: Bool) {
        (input, isStandard, mayOrder) = (0, true, true)
        isHeard = StandardStream.canGiveOrders(0)
        StandardStream.makeNonblocking(0)
        output = AgentOutput(descriptor: 1, isText: isText)
    }

    /// A connection, which the link closes at its end.
    init(connection: Int32, user: UInt32) {
        (input, isHeard, isStandard) = (connection, true, false)
        mayOrder = user == 0 || user == geteuid()
        output = AgentOutput(descriptor: connection, isText: false)
    }

    deinit {
        replay?.end()
        if !isStandard { close(input) }
    }

    func end(_ reason: String) { ending = ending ?? reason }

    /// Whether a tick can be sent now; asked once a tick.
    func maySendTick() -> Bool { ending == nil && output.hasRoom && session.maySendTick() }

    var maySendLateTick: Bool { output.hasRoom && session.hasCreditForLateTicks }

    func send(_ message: WireMessage) {
        output.append(FrameEncoder.frame(message).span)
        flush()
    }

    func flush() {
        if !output.flush() { end("the reader closed its end") }
    }

    /// Takes in what waits, at most 64 KiB at a time: an input that never ends must not keep us from sampling, or from
    /// the signal that asks us to stop.
    func read(_ perform: (AgentSession.Effect) -> Void) {
        for _ in 0..<16 where ending == nil {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(input, $0.baseAddress, $0.count)
            }
            if count > 0 {
                let received = buffer
                decoder.append(received.span.extracting(0..<count))
                takeMessages(perform)
                continue
            }
            if count == 0 || (errno != EAGAIN && errno != EINTR) { end("the reader closed its end") }
            return
        }
    }

    private func takeMessages(_ perform: (AgentSession.Effect) -> Void) {
        do throws(WireError) {
            while let message = try decoder.next() {
                if case .cancel = message, !mayOrder { continue }
                if case .order(let order) = message, !mayOrder {
                    send(
                        .report(
                            Report(
                                id: order.id, state: .refused, exitStatus: 0, text: Self.mayNotOrder,
                                cause: .forbidden)))
                } else {
                    perform(session.receive(message))
                }
            }
        } catch {
            end("your frames cannot be read: \(error)")
        }
    }

    // MARK: The past

    /// The descriptor of a replay that may be read from now; negative where there is none, or no room for it.
    var replayDescriptor: Int32 {
        guard let replay, output.waitingBytes < Self.replayWaitingMax else { return -1 }
        return replay.descriptor
    }

    /// What is live never waits behind more of the past than this.
    private static let replayWaitingMax = 256 << 10

    /// Sends what the replay's child has written; whether that was all of it.
    func readReplay() -> Bool {
        guard let replay, let portion = replay.read() else { return false }
        send(.past(portion))
        if portion.isLast { self.replay = nil }
        return portion.isLast
    }
}
