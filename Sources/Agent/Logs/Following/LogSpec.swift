package import RequestLogs

/// One log to follow, as a `[log]` section or `--log` says it.
package struct LogSpec: Sendable {
    /// The name on the Traffic screen; several logs may share one.
    package var service: String
    /// Absolute paths, the components of which may hold `*`, `?` and `[a-z]`.
    package var paths: [String]
    /// As `LogFormats.choice` takes it.
    package var format = "auto"
    /// Of logs that share a service the first one's hold.
    package var options = ServiceLog.Options()
    package var start = TailSource.Start.readBack(seconds: 3600)

    package init(service: String, paths: [String]) {
        self.service = service
        self.paths = paths
    }
}
