import Glibc
import RequestLogs

/// The agent put together: its probes, what it reads besides, and the sampler over them.
package struct AgentParts {
    package let sampler: Sampler
    let own: SelfProbe
    package let sources: [any LoopSource]
    /// nil where the scan of processes is switched off.
    let processes: ProcessScan?
    /// nil where only logs that were named are followed.
    private let discovery: LogDiscovery?

    /// The logs are ended by who made them; `finds` says whether others are looked for.
    package init(_ arguments: AgentArguments, logs: LogFollowing? = nil, finds: Bool = false) {
        let pageSize = UInt32(clamping: sysconf(Int32(_SC_PAGESIZE)))
        let buffer = ProbeBuffer()
        own = SelfProbe(arguments.paths, buffer, pageSize: pageSize)
        let reader = PatientReader()
        let containers = ContainerNames(arguments.paths, reader)
        var probes = AgentProbes.all(arguments.paths, buffer, pageSize: pageSize)
        let tree = CgroupTree(arguments.paths, buffer, reader, containers)
        probes += [CgroupProbe.usage(tree, buffer), CgroupProbe.pressure(tree, buffer)]
        probes.append(SystemdProbe(arguments.paths))
        let textfiles = TextfileProbe(arguments.textfileFolders, reader)
        probes.append(textfiles)
        if !arguments.serviceProbes.isEmpty { probes.append(ServiceProbes(arguments.serviceProbes)) }
        if arguments.processes > 0 {
            var options = ProcessScan.Options()
            options.top = arguments.processes
            options.commandLines = arguments.commandLines
            options.pageSize = pageSize
            options.descriptorsMax = Self.descriptorsMax()
            let scan = ProcessScan(
                arguments.paths, reader, containers, options, clock: AgentLoop.monotonicNanoseconds)
            probes.append(ProcessesProbe(arguments.paths, buffer, scan))
            processes = scan
        } else {
            processes = nil
        }
        let sampler = Sampler(probes + [own], clock: AgentLoop.monotonicNanoseconds)
        self.sampler = sampler
        var sources: [any LoopSource] = [reader] + probes.compactMap { $0 as? any LoopSource }
        discovery =
            finds
            ? LogDiscovery(arguments.paths) { [weak logs, weak sampler] proposal in
                if logs?.take(proposal) == true { sampler?.hasNewFacts = true }
            } : nil
        if let discovery { sources.append(discovery) }
        if let logs { sources.append(logs) }
        self.sources = sources
        sampler.part = logs
        own.watch(sampler, reader)
        textfiles.isTaken = { [weak sampler] name in sampler?.hasMetric(name) ?? false }
    }

    /// Whether logs are looked for: where none was named.
    static func finds(_ arguments: AgentArguments, configured: [LogSpec]) -> Bool {
        arguments.discovers && configured.isEmpty && arguments.logs.isEmpty
    }

    /// Follows the logs that were named, those of one service together, or else what earlier streams with this state
    /// folder found; nil where there is no folder, none was named and none is looked for.
    static func following(
        _ arguments: AgentArguments, configured: [LogSpec] = [], recordedIn folder: RecorderOptions? = nil
    ) throws(LogFollowingError) -> LogFollowing? {
        var specs = configured
        for log in arguments.logs {
            if let known = specs.firstIndex(where: { $0.service == log.service }) {
                specs[known].paths.append(log.path)
            } else {
                specs.append(LogSpec(service: log.service, paths: [log.path]))
            }
        }
        let finds = finds(arguments, configured: configured)
        if let folder {
            if finds { specs = FoundLogs.load(from: folder.folder, arguments.paths) }
            return try LogFollowing(recordedIn: folder, specs, now: AgentLoop.now())
        }
        guard finds || !specs.isEmpty else { return nil }
        do throws(LogFormatError) {
            return try LogFollowing(specs, now: AgentLoop.now())
        } catch {
            throw .format(error)
        }
    }

    /// Whether logs have been looked for, where they are.
    var hasLooked: Bool { discovery?.hasLooked ?? true }

    /// Ends what would outlive the process.
    func end() { discovery?.end() }

    /// Waits shortly for helpers that answer by a descriptor, and reads their probes once more; for a single scrape.
    func settle() {
        processes?.finishPass(at: AgentLoop.now())
        let deadline = AgentLoop.monotonicNanoseconds() + 500_000_000
        while AgentLoop.monotonicNanoseconds() < deadline {
            var waiting = sources.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard sources.contains(where: \.awaitsAnswer) else { break }
            let count = nfds_t(waiting.count)
            guard
                unsafe waiting.withUnsafeMutableBufferPointer({ unsafe poll($0.baseAddress, count, 100) }) > 0
            else {
                continue
            }
            for place in sources.indices where waiting[place].revents != 0 { sources[place].readable() }
        }
        sampler.scrapeAgain(at: AgentLoop.now())
    }

    /// How many descriptors of processes may stay open, so that enough are left for all else.
    private static func descriptorsMax() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return Int(min(4096, limit.rlim_cur > 384 ? limit.rlim_cur - 384 : 0))
    }
}
