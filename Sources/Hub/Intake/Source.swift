import Fleet
import Glibc
package import NIOCore
import NIOPosix
import Telemetry
import Wire

/// Runs one host's command for as long as the hub runs: starts it, reads its frames, and starts it again with growing
/// waits when it ends.
package struct Source: Sendable {
    private let command: SourceCommand
    private let core: HubCore
    private let group: any EventLoopGroup
    private let waits: SourceWaits

    package init(
        _ command: SourceCommand, core: HubCore, group: any EventLoopGroup, waits: SourceWaits = SourceWaits()
    ) {
        self.command = command
        self.core = core
        self.group = group
        self.waits = waits
    }

    /// Returns when its task is cancelled; the child and whatever it started are gone then.
    package func run() async {
        var backoff = Backoff(firstMilliseconds: waits.retryMilliseconds)
        while !Task.isCancelled {
            let began = Clock.steadyMilliseconds()
            let hasGreeted = await runOnce()
            if hasGreeted, Clock.steadyMilliseconds() - began >= waits.wellMilliseconds { backoff.succeed() }
            guard !Task.isCancelled else { return }
            let wait = backoff.next(chance: Double.random(in: 0..<1))
            await core.willRetry(command.host, in: wait)
            try? await Task.sleep(for: .milliseconds(wait))
        }
    }

    /// One life of the child; whether it said hello.
    private func runOnce() async -> Bool {
        await core.isStarting(command.host)
        let child: ChildProcess
        do throws(HubError) {
            child = try ChildProcess.start(command.arguments)
        } catch {
            await core.hasFailed(command.host, reason: "\(error)", name: "spawn")
            return false
        }
        let errors = ErrorTail()
        let (intake, status) = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await errors.read(child.errors, group: group) }
            let intake = await readFrames(child)
            let status = await child.end()
            tasks.addTask { try? await Task.sleep(for: .milliseconds(waits.errorsMilliseconds)) }
            await tasks.next()
            tasks.cancelAll()
            return (intake, status)
        }
        await core.hasFailed(
            command.host,
            reason: FailureReason.text(
                command, session: intake.ending?.reason, status: status, errors: errors.text),
            name: intake.ending?.name ?? "ended")
        return intake.hasGreeted
    }

    /// Reads frames until the child's output ends, or it is ended for what it sent or did not send.
    private func readFrames(_ child: ChildProcess) async -> SourceIntake {
        await withTaskGroup(of: SourceIntake?.self) { tasks in
            tasks.addTask { await readOutput(child) }
            tasks.addTask {
                try? await Task.sleep(for: .milliseconds(waits.helloMilliseconds))
                // The child is not reaped while this group runs, so its number is still its own.
                if !Task.isCancelled, await core.isConnecting(command.host) { kill(-child.pid, SIGKILL) }
                return nil
            }
            var found = SourceIntake(host: command.host)
            while let finished = await tasks.next() {
                guard let finished else { continue }
                found = finished
                tasks.cancelAll()
            }
            return found
        }
    }

    private func readOutput(_ child: ChildProcess) async -> SourceIntake {
        var intake = SourceIntake(host: command.host)
        let began = Clock.steadyMilliseconds()
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
                    let answers = await intake.take(
                        Array(buffer.readableBytesView), atMilliseconds: Clock.steadyMilliseconds(),
                        into: core)
                    for answer in answers {
                        try await outbound.write(ByteBuffer(bytes: FrameEncoder.frame(answer)))
                    }
                    if intake.ending != nil { return }
                    if intake.hasGreeted, !isAttached {
                        isAttached = true
                        await core.attach(command.host) { bytes in
                            try? await outbound.write(ByteBuffer(bytes: bytes))
                        }
                    }
                    try await pause(intake.pauseMilliseconds)
                }
            }
        } catch {
            // The pipe broke, which says no more than that the child is gone: its status and errors say why.
        }
        await core.detach(command.host)
        if !intake.hasGreeted, Clock.steadyMilliseconds() - began >= waits.helloMilliseconds {
            intake.giveUp(afterSeconds: waits.helloMilliseconds / 1000)
        }
        intake.finish()
        return intake
    }

    /// Leaves the pipe unread; when it is full, the agent leaves ticks out by itself.
    private func pause(_ milliseconds: Int64) async throws {
        guard milliseconds > 0 else { return }
        await core.hasPaused(command.host, for: milliseconds)
        try await Task.sleep(for: .milliseconds(milliseconds))
    }
}
