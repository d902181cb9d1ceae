package import Fleet
package import Telemetry
package import Wire

/// Decodes one life of a source and hands what counts to the hub.
package struct SourceIntake: Sendable {
    /// Why a source was ended by us: a name for counting, a sentence for people.
    package struct Ending: Equatable, Sendable {
        package let name: String
        package let reason: String
        /// Whether its frames were not as they must be.
        package var isOfFrames = true
    }

    private let host: HostID
    private var decoder = FrameDecoder(seriesMax: HubSession.seriesMax)
    private var session: HubSession
    package private(set) var hasGreeted = false
    package private(set) var ending: Ending?

    package init(host: HostID) {
        self.init(HostTarget(host.name))
    }

    /// `configuration` goes to an agent that awaits one.
    package init(_ target: HostTarget, configuration: [UInt8]? = nil) {
        host = target.id
        let hello = Hello(program: "martlet", programVersion: martletVersion, host: "", nonce: 0)
        session = HubSession(
            hello: hello,
            subscription: Subscription(
                intervalMilliseconds: target.intervalMilliseconds, wantsAllProcesses: false),
            configuration: configuration)
    }

    /// Milliseconds for which nothing more is to be read: the source floods, and its own pipe slows it.
    package var pauseMilliseconds: Int64 { session.pauseMilliseconds }

    /// Takes bytes in, read at `milliseconds` of a steady clock; what to answer. What came before an error counts.
    package mutating func take(
        _ bytes: [UInt8], atMilliseconds milliseconds: Int64, into core: HubCore
    ) async -> [WireMessage] {
        decoder.append(bytes)
        var answers: [WireMessage] = []
        var batch: [WireMessage] = []
        do throws(WireError) {
            while ending == nil, let message = try decoder.next() {
                switch session.receive(message, atMilliseconds: milliseconds) {
                case .none: break
                case .take: batch.append(message)
                case .send(let messages):
                    hasGreeted = true
                    answers += messages
                    await core.hasGreeted(host, agent: session.agent)
                    await core.dispatch?.greeted(host)
                case .close(let name, let reason):
                    ending = Ending(
                        name: name, reason: reason, isOfFrames: name != "goodbye" && name != "version")
                }
            }
        } catch {
            ending = Ending(name: error.name, reason: "its frames cannot be read: \(error)")
        }
        if !batch.isEmpty { await core.take(batch, from: host) }
        for message in batch where message.isOfOrders { await core.dispatch?.take(message, from: host) }
        return ending == nil ? answers + session.replies(skippedTicks: decoder.skippedTicks) : answers
    }

    /// The source's output ended.
    package mutating func finish() {
        guard ending == nil, hasGreeted, decoder.waitingBytes > 0 else { return }
        ending = Ending(
            name: "truncated", reason: "it ended inside a frame, after \(decoder.waitingBytes) bytes of it")
    }

    /// Nothing came in time that an agent says first.
    package mutating func giveUp(afterSeconds seconds: Int64) {
        let foreign = decoder.skippedBytes > 0 ? ", but \(decoder.skippedBytes) bytes that are no frames" : ""
        ending = Ending(
            name: "silent", reason: "no hello within \(seconds) s\(foreign)", isOfFrames: false)
    }

    /// The host itself said why it sends no frames.
    mutating func end(_ failure: DialFailure) {
        ending = Ending(name: failure.name, reason: failure.reason, isOfFrames: false)
    }
}

extension WireMessage {
    /// Whether it says what became of an order, or what may be ordered.
    fileprivate var isOfOrders: Bool {
        switch self {
        case .actions, .report, .output: true
        default: false
        }
    }
}
