import Fleet
import Glibc
package import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Wire

/// Runs one host's command for as long as the hub runs: starts it, reads its frames, and starts it again with growing
/// waits when it ends.
package struct Source: Sendable {
    private let command: SourceCommand
    private let core: HubCore
    private let group: any EventLoopGroup
    private let waits: SourceWaits
    private let dialer: Dialer?
    private let bell: RetryBell

    /// `dialer` reaches hosts over ssh; `bell` ends a wait before its time.
    package init(
        _ command: SourceCommand, core: HubCore, group: any EventLoopGroup,
        waits: SourceWaits = SourceWaits(),
        dialer: Dialer? = nil, bell: RetryBell = RetryBell()
    ) {
        self.command = command
        self.core = core
        self.group = group
        self.waits = waits
        self.dialer = dialer
        self.bell = bell
    }

    /// Returns when its task is cancelled; the child and whatever it started are gone then.
    package func run() async {
        guard command.target.connect != .off else { return await core.isOff(command.host) }
        var backoff = Backoff(firstMilliseconds: waits.retryMilliseconds)
        var mustCopy = false
        while !Task.isCancelled {
            let began = Clock.steadyMilliseconds()
            let life = await runOnce(mustCopy: mustCopy)
            if life.hasGreeted, Clock.steadyMilliseconds() - began >= waits.wellMilliseconds {
                backoff.succeed()
            }
            guard !Task.isCancelled else { return }
            // An installed agent that speaks another version than ours is left where it is, once.
            if life.ending?.name == "version", command.target.agent == .automatic, !mustCopy {
                mustCopy = true
                continue
            }
            mustCopy = false
            let wait = backoff.next(chance: Double.random(in: 0..<1))
            await core.willRetry(command.host, in: wait)
            await bell.wait(milliseconds: wait)
        }
    }

    /// One life of the child.
    private func runOnce(mustCopy: Bool) async -> SourceIntake {
        await core.isStarting(command.host)
        let turn = await Turn(of: command.child == nil ? dialer?.gate : nil)
        let life = await runOnce(mustCopy: mustCopy, turn)
        await turn.end()
        return life
    }

    private func runOnce(mustCopy: Bool, _ turn: Turn) async -> SourceIntake {
        let child: ChildProcess
        do {
            let words = try await words(mustCopy: mustCopy)
            guard !Task.isCancelled else { return SourceIntake(command.target) }
            child = try ChildProcess.start(words)
        } catch {
            let failure = error as? DialFailure ?? DialFailure(name: "spawn", reason: "\(error)")
            await core.hasFailed(command.host, reason: failure.reason, name: failure.name)
            return SourceIntake(command.target)
        }
        let errors = ErrorTail()
        let (intake, status) = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await errors.read(child.errors, group: group) }
            let intake = await readFrames(child, turn)
            let status = await child.end()
            tasks.addTask { try? await Task.sleep(for: .milliseconds(waits.errorsMilliseconds)) }
            await tasks.next()
            tasks.cancelAll()
            return (intake, status)
        }
        if let ending = intake.ending {
            await core.hasFailed(
                command.host, reason: ending.reason, name: ending.name, isOfFrames: ending.isOfFrames)
        } else {
            let failure = FailureReason.of(command, status: status, errors: errors.text)
            await core.hasFailed(command.host, reason: failure.reason, name: failure.name)
        }
        return intake
    }

    private func words(mustCopy: Bool) async throws -> [String] {
        if let child = command.child { return child }
        guard let dialer else { throw HubError.noDialer(command.host.name) }
        return try await dialer.words(command.target, mustCopy: mustCopy)
    }

    /// Reads frames until the child's output ends, or it is ended for what it sent or did not send.
    private func readFrames(_ child: ChildProcess, _ turn: Turn) async -> SourceIntake {
        let deadline = Deadline(milliseconds: waits.helloMilliseconds)
        return await withTaskGroup(of: SourceIntake?.self) { tasks in
            tasks.addTask { await readOutput(child, turn, deadline) }
            tasks.addTask {
                await deadline.pass()
                // The child is not reaped while this group runs, so its number is still its own.
                if !Task.isCancelled, await core.isConnecting(command.host) { kill(-child.pid, SIGKILL) }
                return nil
            }
            var found = SourceIntake(command.target)
            while let finished = await tasks.next() {
                guard let finished else { continue }
                found = finished
                tasks.cancelAll()
            }
            return found
        }
    }

    private func readOutput(_ child: ChildProcess, _ turn: Turn, _ deadline: Deadline) async -> SourceIntake {
        var intake = SourceIntake(
            command.target, configuration: dialer?.configuration(for: command.target))
        var words = HostWordScanner()
        do {
            let channel = try await NIOPipeBootstrap(group: group)
                .takingOwnershipOfDescriptors(input: child.output, output: child.input) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                var isAttached = false
                for try await buffer in inbound {
                    if command.child == nil, !intake.hasGreeted {
                        for word in words.take(buffer.readableBytesView) {
                            await turn.end()
                            try await answer(word, outbound, deadline, &intake)
                        }
                        if intake.ending != nil { return }
                    }
                    let answers = await intake.take(
                        Array(buffer.readableBytesView), atMilliseconds: Clock.steadyMilliseconds(),
                        into: core)
                    for answer in answers {
                        try await outbound.write(ByteBuffer(bytes: FrameEncoder.frame(answer)))
                    }
                    if intake.ending != nil { return }
                    if intake.hasGreeted, !isAttached {
                        isAttached = true
                        await turn.end()
                        await core.attach(command.host) { bytes in
                            try? await outbound.write(ByteBuffer(bytes: bytes))
                        }
                        await core.dispatch?.attached(command.host)
                    }
                    try await pause(intake.pauseMilliseconds)
                }
            }
        } catch {
            // The pipe broke, which says no more than that the child is gone: its status and errors say why.
        }
        await core.detach(command.host)
        if !intake.hasGreeted, deadline.isOver { intake.giveUp(afterSeconds: waits.helloMilliseconds / 1000) }
        intake.finish()
        return intake
    }

    /// Gives the host the agent that it asks for, or ends the life for what it said.
    private func answer(
        _ word: HostWord, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ deadline: Deadline,
        _ intake: inout SourceIntake
    ) async throws {
        guard let agent = dialer?.agent(for: word) else {
            return intake.end(FailureReason.of(word, on: command.target, agent: dialer?.agent))
        }
        try await agent.read { bytes in
            try await outbound.write(ByteBuffer(bytes: bytes))
            // As long as it takes something, it is there.
            deadline.extend()
        }
    }

    /// Leaves the pipe unread; when it is full, the agent leaves ticks out by itself.
    private func pause(_ milliseconds: Int64) async throws {
        guard milliseconds > 0 else { return }
        await core.hasPaused(command.host, for: milliseconds)
        try await Task.sleep(for: .milliseconds(milliseconds))
    }
}

/// A turn at the gate, given back once: when the connection stands, or failed.
private final class Turn: Sendable {
    private let gate: Mutex<DialGate?>

    init(of gate: DialGate?) async {
        let isIn = await gate?.enter() ?? false
        self.gate = Mutex(isIn ? gate : nil)
    }

    func end() async {
        let held = gate.withLock { gate in
            defer { gate = nil }
            return gate
        }
        await held?.leave()
    }
}

/// Until when a host must have said hello.
private final class Deadline: Sendable {
    private let milliseconds: Int64
    private let end: Mutex<Int64>

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
        end = Mutex(Clock.steadyMilliseconds() + milliseconds)
    }

    var isOver: Bool { left <= 0 }

    /// So long again, from now.
    func extend() {
        let later = Clock.steadyMilliseconds() + milliseconds
        end.withLock { $0 = later }
    }

    /// Returns when it is over, or its task is cancelled.
    func pass() async {
        while !isOver, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(max(1, left))) }
    }

    private var left: Int64 { end.withLock { $0 } - Clock.steadyMilliseconds() }
}
