import Fleet
import Glibc
import NIOCore
import NIOPosix
import Telemetry
import Wire

/// Runs one host's command for as long as the hub runs: starts it, reads its frames, and starts it again with growing
/// waits when it ends.
struct Source: Sendable {
    let command: SourceCommand
    let core: HubCore
    let group: any EventLoopGroup

    func run() async {
        var backoff = Backoff()
        while !Task.isCancelled {
            let hadFrames = await runOnce()
            if hadFrames { backoff.succeed() }
            guard !Task.isCancelled else { return }
            let wait = backoff.next(chance: Double.random(in: 0..<1))
            await core.willRetry(command.host, in: wait)
            try? await Task.sleep(for: .milliseconds(wait))
        }
    }

    /// One life of the child; whether it gave any frame.
    private func runOnce() async -> Bool {
        await core.isStarting(command.host)
        let child: ChildProcess
        do throws(HubError) {
            child = try ChildProcess.start(command.arguments)
        } catch {
            await core.hasFailed(command.host, reason: "\(error)", name: "spawn")
            return false
        }
        let errors = ErrorTail(descriptor: child.errors, group: group)
        async let errorText = errors.read()
        let (hadFrames, reason) = await readFrames(child)
        let status = await child.end()
        let text = await errorText
        await core.hasFailed(
            command.host,
            reason: FailureReason.text(command, session: reason?.reason, status: status, errors: text),
            name: reason?.name ?? "ended")
        return hadFrames
    }

    private func readFrames(_ child: ChildProcess) async -> (Bool, (name: String, reason: String)?) {
        var intake = SourceIntake(host: command.host)
        do {
            let channel = try await NIOPipeBootstrap(group: group)
                .takingOwnershipOfDescriptors(input: child.output, output: child.input) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                await core.attach(command.host) { bytes in
                    try? await outbound.write(ByteBuffer(bytes: bytes))
                }
                for try await buffer in inbound {
                    let answers = await intake.take(Array(buffer.readableBytesView), into: core)
                    for answer in answers {
                        try await outbound.write(ByteBuffer(bytes: FrameEncoder.frame(answer)))
                    }
                    if intake.ending != nil { return }
                }
            }
        } catch {
            // The pipe broke, which says no more than that the child is gone: its status and errors say why.
        }
        await core.detach(command.host)
        return (intake.hadFrames, intake.ending)
    }
}

/// Decodes one life of a source and hands what counts to the hub.
struct SourceIntake: Sendable {
    private let host: HostID
    private var decoder = FrameDecoder()
    private var session: HubSession
    private(set) var hadFrames = false
    private(set) var ending: (name: String, reason: String)?

    init(host: HostID) {
        self.host = host
        let hello = Hello(program: "martlet", programVersion: martletVersion, host: "", nonce: 0)
        session = HubSession(
            hello: hello, subscription: Subscription(intervalMilliseconds: 1000, wantsAllProcesses: false))
    }

    /// Takes bytes in; returns what to answer.
    mutating func take(_ bytes: [UInt8], into core: HubCore) async -> [WireMessage] {
        decoder.append(bytes)
        var answers: [WireMessage] = []
        var batch: [WireMessage] = []
        let now = Clock.steadyMilliseconds()
        do throws(WireError) {
            while ending == nil, let message = try decoder.next() {
                switch session.receive(message, atMilliseconds: now) {
                case .none: break
                case .take: batch.append(message)
                case .send(let messages):
                    hadFrames = true
                    answers += messages
                    await core.hasGreeted(host, agent: session.agent)
                case .close(let name, let reason): ending = (name, reason)
                }
            }
        } catch {
            ending = (error.name, "its frames cannot be read: \(error)")
        }
        if !batch.isEmpty { await core.take(batch, from: host) }
        return answers
    }
}

/// The last 4 KiB of what a child writes to its standard error.
private struct ErrorTail: Sendable {
    let descriptor: Int32
    let group: any EventLoopGroup

    private static let bytesMax = 4096

    func read() async -> String {
        var tail: [UInt8] = []
        do {
            let channel = try await NIOPipeBootstrap(group: group)
                .takingOwnershipOfDescriptor(input: descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, _ in
                for try await buffer in inbound {
                    tail += Array(buffer.readableBytesView)
                    if tail.count > Self.bytesMax { tail.removeFirst(tail.count - Self.bytesMax) }
                }
            }
        } catch {
            // Whatever came before the break is the answer.
        }
        return String(decoding: tail, as: UTF8.self)
    }
}
