package import RequestLogs

/// One log to follow, as a `[log]` section or `--log` says it.
package struct LogSpec: Sendable {
    /// The name on the Traffic screen; several logs may share one.
    package var service: String
    /// Absolute paths, the components of which may hold `*`, `?` and `[a-z]`.
    package var paths: [String]
    /// A systemd unit whose journal is followed instead of files.
    package var journal: String?
    /// A container, by its name, whose log is followed instead; one made anew under the name is followed too.
    package var container: String?
    /// Where the host's root is, below which container engines keep their logs.
    package var root = "/"
    /// As `LogFormats.choice` takes it.
    package var format = "auto"
    /// Of logs that share a service the first one's hold.
    package var options = ServiceLog.Options()
    package var start = TailSource.Start.readBack(seconds: 3600)

    package init(service: String, paths: [String]) {
        self.service = service
        self.paths = paths
    }

    /// The same with this year for logs whose times have none.
    static func completed(_ specs: [LogSpec]) -> [LogSpec] {
        specs.map { spec in
            var spec = spec
            if spec.options.year == ServiceLog.Options().year { spec.options.year = LogsCommand.year() }
            return spec
        }
    }

    /// What is to be followed, one source a spec. Its name is the service's, and a number for its second log and so on, so
    /// that a log is known again when others come or go; `start` overrides where reading begins.
    static func sources(of specs: [LogSpec], start: TailSource.Start? = nil) -> [TailSource] {
        var seen: [String: Int] = [:]
        return specs.map { spec in
            seen[spec.service, default: 0] += 1
            let number = seen[spec.service] ?? 1
            return TailSource(
                name: number == 1 ? spec.service : "\(spec.service) \(number)", paths: spec.paths,
                journal: spec.journal, container: spec.container, root: spec.root,
                start: start ?? spec.start)
        }
    }
}
