import CLinux
import Glibc
import Telemetry

/// `stream`, `run` and `once`: what samples this host.
///
/// One process of a host and user follows logs and records; it holds the lock of the state folder. A stream beside it
/// relays it, a round beside it has nothing to do, and a second `run` waits until the folder is free.
struct SamplingCommand {
    private var arguments: AgentArguments
    private var configuration = AgentConfiguration()
    private let path: String?
    private var findings: [ConfigurationFinding] = []
    /// A stream that may have had its configuration from the hub.
    private var opening: StreamOpening?
    private let reaper = ChildReaper()

    init(_ arguments: AgentArguments) {
        self.arguments = arguments
        path = ConfigurationFiles.path(arguments.configuration)
        guard let path else { return }
        (configuration, findings) = AgentConfiguration.load(path)
        self.arguments.apply(configuration)
    }

    mutating func run() -> Int32 {
        guard findings.isEmpty else {
            for finding in findings { say("\(finding)") }
            return 65
        }
        switch arguments.command {
        case .run: return record()
        case .once: return round()
        default: return stream()
        }
    }

    // MARK: The three

    private func record() -> Int32 {
        reaper.adopt()
        letSignalsEndIt()
        guard let folder = folderToMake() else { return 73 }
        var hasTold = false
        while true {
            switch open(folder) {
            case .opened(let logs): return sample(logs, hasReader: false)
            case .failed(let reason):
                say(reason)
                return 73
            case .taken(let reason):
                if !hasTold { say("\(reason); waiting for it to end") }
                hasTold = true
                _ = poll(nil, 0, 1000)
            }
        }
    }

    /// A program that started anew has the mask of the one before: while it waits for the folder, SIGTERM is to end it. SIGHUP
    /// waits too, and has the configuration read again once the folder is free.
    private func letSignalsEndIt() {
        var (ending, reading) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&ending)
        unsafe sigaddset(&ending, SIGTERM)
        unsafe sigaddset(&ending, SIGINT)
        unsafe sigprocmask(SIG_UNBLOCK, &ending, nil)
        unsafe sigemptyset(&reading)
        unsafe sigaddset(&reading, SIGHUP)
        unsafe sigprocmask(SIG_BLOCK, &reading, nil)
    }

    private func round() -> Int32 {
        guard let folder = folderToMake() else { return 73 }
        switch open(folder) {
        case .opened(let logs):
            let status = sample(logs, hasReader: false, isOneRound: true)
            guard status == 0, let problem = logs?.recording?.problem else { return status }
            say("nothing was recorded: \(problem)")
            return 75
        case .failed(let reason):
            say(reason)
            return 73
        // Whoever records already does what a round would.
        case .taken: return 0
        }
    }

    private mutating func stream() -> Int32 {
        let named = StateFolder.named(arguments, configuration)
        // Logs that are named for one stream are this stream's alone.
        guard named != nil || arguments.logs.isEmpty else { return sampleAlone() }
        let usual = StateFolder.usual
        let folders = named.map { [$0] } ?? [StateFolder.ofSystem] + (usual.map { [$0] } ?? [])
        if let relay = Relay.join(folders) { return relay.run(arguments) }
        guard let folder = named ?? usual.flatMap({ StateFolder.hasRecorder($0) ? $0 : nil }) else {
            return sampleAlone()
        }
        // Another user's recorder may be read where it can be; it has one writer.
        guard !StateFolder.isForeign(folder) else { return sampleAlone(reading: folder) }
        let deadline = AgentLoop.monotonicNanoseconds() + Self.patienceNanoseconds
        while true {
            switch open(folder) {
            case .opened(let logs): return sample(logs, hasReader: true)
            case .failed(let reason):
                say(reason)
                return named == nil ? sampleAlone(reading: folder) : 73
            // A round ends soon, and a process that begins soon listens.
            case .taken(let reason):
                if let relay = Relay.join([folder]) { return relay.run(arguments) }
                guard AgentLoop.monotonicNanoseconds() < deadline else {
                    say(reason)
                    return 73
                }
                _ = poll(nil, 0, 50)
            }
        }
    }

    /// How long a stream waits for a lock that another process holds without listening.
    private static let patienceNanoseconds: UInt64 = 5_000_000_000

    // MARK: How

    private enum Opening {
        case opened(LogFollowing?)
        case taken(String)
        case failed(String)
    }

    private func folderToMake() -> String? {
        guard let folder = StateFolder.named(arguments, configuration) ?? StateFolder.usual else {
            say("no folder to record in: neither --state, [record] path, XDG_STATE_HOME nor HOME names one")
            return nil
        }
        guard !StateFolder.isForeign(folder) else {
            say("\(folder): belongs to another user, who alone records there; run this as that user")
            return nil
        }
        StateFolder.makeParents(of: folder)
        return folder
    }

    private func open(_ folder: String) -> Opening {
        do throws(LogFollowingError) {
            let options = StateFolder.options(folder, configuration.record)
            return .opened(
                try AgentParts.following(arguments, configured: specs, recordedIn: options))
        } catch {
            if case .state(.locked) = error { return .taken("\(error)") }
            return .failed("\(error)")
        }
    }

    private var specs: [LogSpec] { configuration.logs.map { $0.spec } }

    /// A stream that writes to no folder: nothing outlives it. What is recorded in `folder` it can tell.
    private mutating func sampleAlone(reading folder: String? = nil) -> Int32 {
        if path == nil, arguments.logs.isEmpty, !arguments.isText {
            opening = StreamOpening(arguments.paths)
            takeSent()
        }
        do throws(LogFollowingError) {
            return sample(
                try AgentParts.following(arguments, configured: specs), hasReader: true,
                reading: folder)
        } catch {
            say("\(error)")
            return 73
        }
    }

    /// Takes what the hub sent, whole or not at all.
    private mutating func takeSent() {
        guard let bytes = opening?.configuration else { return }
        var (sent, wrong) = AgentConfiguration.sent(bytes, file: "agent_conf")
        if wrong.isEmpty { wrong = sent.findZones() }
        findings = wrong
        guard wrong.isEmpty else { return }
        configuration = sent
        arguments.apply(sent)
    }

    private func sample(
        _ logs: LogFollowing?, hasReader: Bool, isOneRound: Bool = false, reading: String? = nil
    ) -> Int32 {
        let folder = logs?.recording?.folder
        let isLookDue =
            !isOneRound || folder.map { FoundLogs.isLookDue($0, at: AgentLoop.now().wall) } ?? true
        let finds = AgentParts.finds(arguments, configured: specs) && isLookDue
        let agent = AgentParts(arguments, logs: logs, finds: finds)
        var options = AgentLoop.Options()
        options.intervalMilliseconds = arguments.intervalMilliseconds
        options.isText = arguments.isText
        options.ticks = arguments.ticks
        options.hasStandardLink = hasReader
        options.isOneRound = isOneRound
        options.past = reading.flatMap { folder in
            RecorderReader(folder: folder, disk: LinuxDisk()).segments.first.map {
                AgentLoop.Past(folder: folder, oldest: Timestamp(milliseconds: $0.milliseconds))
            }
        }
        let loop = AgentLoop(
            sampler: agent.sampler, own: agent.own, sources: agent.sources, processes: agent.processes,
            paths: arguments.paths, options: options, recording: logs?.recording, host: configuration.name,
            opening: opening, reaper: reaper)
        loop.sentProblem = findings.first.map { "\($0)" }
        if let path, !isOneRound {
            let couriers = ActionCouriers(
                configuration, configuration: path,
                state: folder ?? arguments.stateFolder ?? StateFolder.usual ?? StateFolder.ofSystem)
            loop.couriers = couriers
            let reload = ConfigurationReload(path, configuration, logs, couriers)
            // The loop has what this captures: weak, or neither would go.
            loop.reload = { [weak loop] in
                switch reload.reload() {
                case .taken(let lines), .refused(let lines): for line in lines { say(line) }
                case .needsStart(let new, let changed):
                    if let refusal = refusal(of: new, changed, folder: hasReader ? nil : folder) {
                        return say("\(path): not taken, because \(refusal)")
                    }
                    say("\(path): \(changed) changed, so the agent starts anew in its own place")
                    loop?.startAnew()
                }
            }
        } else if !hasReader {
            loop.reload = {}
        }
        if !isOneRound { logs?.recording?.listen() }
        loop.mayEndRound = { agent.hasLooked }
        let status = loop.run()
        if isOneRound, finds, agent.hasLooked, let folder { FoundLogs.noteLook(folder) }
        agent.end()
        logs?.end()
        guard loop.isToStartAnew else { return status }
        // Offsets, ledger and recorder are on the disk, and are taken up again as after any end.
        let failure = unsafe clinux_start_anew(CommandLine.unsafeArgv)
        say("cannot start anew: \(LogSourceError.reason(-failure)); start it again")
        return 71
    }

    /// Why an agent that records in `folder` does not start anew with a file; nil where it may. One without a folder of its own has
    /// somebody who reads it, whose stream would end.
    private func refusal(of new: AgentConfiguration, _ changed: String, folder: String?) -> String? {
        let advice = "\(changed) changed; end the agent and start it again"
        guard let folder else { return "only new logs are followed without a new start, and \(advice)" }
        guard (StateFolder.named(arguments, new) ?? StateFolder.usual) == folder else {
            return "it would record in another folder, and \(advice)"
        }
        return nil
    }

    private func say(_ line: String) { CommandOutput.write("martlet-agent: \(line)\n", to: 2) }
}
