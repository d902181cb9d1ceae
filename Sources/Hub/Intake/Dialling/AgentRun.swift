package import Fleet
import NIOCore
import NIOPosix

/// Runs a host's agent once for what it prints: `discover`, `check`. The agent is found or copied as for a stream.
package struct AgentRun: Sendable {
    private let dialer: Dialer
    private let group: any EventLoopGroup

    /// More than any agent prints.
    private static let outputBytesMax = 4 << 20
    private static let errorsMilliseconds: Int64 = 500
    /// From the end of its output to its exit status, which come apart over ssh.
    private static let statusMilliseconds = 5000
    /// Until the whole answer is there: a login, a copy over a thin line, and a look at all logs.
    private static let milliseconds: Int64 = 180_000

    /// `agent` is the static program to copy to hosts that have none.
    package init(agent: String?, sockets: SSHSockets) {
        group = MultiThreadedEventLoopGroup.singleton
        dialer = Dialer(agent: agent, sockets: sockets, group: group)
    }

    /// What it printed, and its exit status. `arguments` are words of ours, none of a user's.
    package func run(_ arguments: [String], on target: HostTarget) async throws(DialFailure) -> Answer {
        try await run(arguments, script: nil, on: target)
    }

    /// The same with this machine's agent; here a word may be a path.
    package func runHere(_ arguments: [String]) async throws(DialFailure) -> Answer {
        var here = HostTarget("here")
        here.connect = .local
        return try await run(arguments, on: here)
    }

    /// Runs a script of ours with sh on the host: its first word is the path of a copy of this machine's agent there.
    package func run(script: String, on target: HostTarget) async throws(DialFailure) -> Answer {
        try await run([], script: script, on: target)
    }

    private func run(
        _ arguments: [String], script: String?, on target: HostTarget
    ) async throws(DialFailure) -> Answer {
        let isHere = target.connect == .local
        let words: [String]
        if isHere {
            guard let agent = dialer.agent else {
                throw DialFailure(name: "no_agent", reason: HubError.noAgent.description)
            }
            words = script == nil ? [agent.path] + arguments : ["/bin/sh", "-s", "--", agent.path]
        } else {
            words = try await dialer.words(
                target, mustCopy: script != nil, arguments: arguments, readsScript: script != nil)
        }
        let child: ChildProcess
        let command: SourceCommand
        do {
            command = try SourceCommand.to(target, localAgent: dialer.agent?.path)
            child = try ChildProcess.start(words)
        } catch {
            throw DialFailure(name: "spawn", reason: "\(error)")
        }
        let errors = ErrorTail()
        let (taken, status) = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await errors.read(child.errors, group: group) }
            let taken = await read(child, target, script, Taken(hasBegun: isHere))
            let status = await child.end(patienceMilliseconds: Self.statusMilliseconds)
            tasks.addTask { try? await Task.sleep(for: .milliseconds(Self.errorsMilliseconds)) }
            await tasks.next()
            tasks.cancelAll()
            return (taken, status)
        }
        if let failure = taken.failure { throw failure }
        guard taken.hasBegun else { throw FailureReason.of(command, status: status, errors: errors.text) }
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return Answer(
            status: code, output: String(decoding: taken.output, as: UTF8.self), errors: errors.text)
    }

    /// What the program on the host said; a signal's status is 128 and its number.
    package struct Answer: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    private struct Taken: Sendable {
        var hasBegun = false
        var output: [UInt8] = []
        var failure: DialFailure?
    }

    private func read(
        _ child: ChildProcess, _ target: HostTarget, _ script: String?, _ begun: Taken
    ) async -> Taken {
        await withTaskGroup(of: Taken?.self) { tasks in
            tasks.addTask { await readAll(child, target, script, begun) }
            tasks.addTask {
                try? await Task.sleep(for: .milliseconds(Self.milliseconds))
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            let failure = DialFailure(
                name: "silent", reason: "\(target.name) did not answer in three minutes")
            return first ?? Taken(failure: failure)
        }
    }

    private func readAll(
        _ child: ChildProcess, _ target: HostTarget, _ script: String?, _ begun: Taken
    ) async -> Taken {
        var taken = begun
        var scanner = HostWordScanner()
        do {
            let channel = try await NIOPipeBootstrap(group: group)
                .takingOwnershipOfDescriptors(input: child.output, output: child.input) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                if begun.hasBegun { try await give(script, outbound) }
                for try await buffer in inbound {
                    var bytes = buffer.readableBytesView[...]
                    while !taken.hasBegun, let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                        let words = scanner.take(bytes[...end])
                        bytes = bytes[bytes.index(after: end)...]
                        for word in words { try await answer(word, target, outbound, &taken) }
                        if taken.failure != nil { return }
                        if taken.hasBegun { try await give(script, outbound) }
                    }
                    if taken.hasBegun {
                        taken.output += bytes.prefix(Self.outputBytesMax - taken.output.count)
                    } else {
                        _ = scanner.take(bytes)
                    }
                }
            }
        } catch {
            // The pipe broke: the child's status and errors say why.
        }
        return taken
    }

    /// A shell reads its script to the end of its input.
    private func give(
        _ script: String?, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        guard let script else { return }
        try await outbound.write(ByteBuffer(string: script))
        outbound.finish()
    }

    private func answer(
        _ word: HostWord, _ target: HostTarget, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ taken: inout Taken
    ) async throws {
        guard word != .run else {
            taken.hasBegun = true
            return
        }
        guard let agent = dialer.agent(for: word) else {
            taken.failure = FailureReason.of(word, on: target, agent: dialer.agent)
            return
        }
        try await agent.read { bytes in try await outbound.write(ByteBuffer(bytes: bytes)) }
    }
}
