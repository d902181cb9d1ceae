import CLinux
import Glibc
import RequestLogs
import Text

/// One log of the configuration as it is on this host: what its format makes of its last lines.
struct LogCheck {
    /// Why the log cannot be read as it is configured.
    struct Fault {
        var text: String
        /// The line that does not fit, and the formats that come nearest to it.
        var sample: UnparsedCounts.Sample?
        var nearest: [Detector.Nearness] = []
    }

    let service: String
    let path: String
    private(set) var format = ""
    /// Of a format that was found out, 0...1.
    private(set) var confidence: Double?
    /// Lines that were requests or entries, and those that should have been and were not.
    private(set) var read: UInt64 = 0
    private(set) var unread: UInt64 = 0
    private(set) var faults: [Fault] = []

    var isRight: Bool { faults.isEmpty && unread == 0 }

    /// What of a section is checked: at most so many files.
    static let filesMax = 16
    private static let samplesMax = 3

    init(_ log: AgentConfiguration.Log, path: String) {
        service = log.spec.service
        self.path = path
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT, log.isOptional { return }
            faults.append(Fault(text: Self.remedy(path, code)))
            return
        }
        defer { close(descriptor) }
        var facts = stat()
        if unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            let isFolder = facts.st_mode & S_IFMT == S_IFDIR
            faults.append(
                Fault(
                    text: isFolder
                        ? "is a folder; name the logs in it, as \(path)/*.log" : "is no file; name a file"))
            return
        }
        let lines = LogSample.lastLines(of: path)
        guard !lines.isEmpty else { return }
        readLines(lines.span, log.spec)
    }

    /// The same of a unit's journal.
    init(_ log: AgentConfiguration.Log, journal unit: String) {
        service = log.spec.service
        path = JournalTail.path(of: unit)
        let (lines, failure) = JournalSample.lastLines(of: unit)
        switch failure {
        case .noProgram, .status(127):
            if !log.isOptional {
                faults.append(Fault(text: "no journalctl is on this host; name the file with path"))
            }
        case .status(let status):
            let user = UserNames(LogSample.lastLines(of: "/etc/passwd"))[geteuid()]
            faults.append(
                Fault(
                    text:
                        "journalctl ended with \(status) and told of nothing; run journalctl --unit=\(unit), and if you "
                        + "may not read it usermod -aG systemd-journal \(user)"))
        case .late: faults.append(Fault(text: "journalctl told of nothing for five seconds"))
        case nil: if !lines.isEmpty { readLines(lines.span, log.spec) }
        }
    }

    private mutating func readLines(_ lines: Span<UInt8>, _ spec: LogSpec) {
        guard let choice = try? LogFormats.choice(spec.format) else { return }
        let fitted: LogFormat
        switch choice {
        case .fixed(let format): fitted = format.fitted(to: lines)
        case .detected(let family):
            guard let best = Detector.candidates(lines, family: family).first else {
                let first = Detector.firstLine(lines)
                let nearest = Detector.nearest(to: first.span)
                faults.append(
                    Fault(
                        text: "no format reads any of its lines; name one in format, or write a pattern",
                        sample: UnparsedCounts.Sample(
                            line: 1, column: nearest.first?.column ?? 1,
                            text: Array(first.prefix(UnparsedCounts.sampleLengthMax))),
                        nearest: nearest))
                return
            }
            fitted = best.format
            confidence = best.confidence
        }
        format = fitted.name
        var summary = LogSummary(routePatterns: spec.options.routes, ignored: spec.options.ignored)
        var reader = LogReader(fitted)
        var buffer = LineBuffer()
        var offset = 0
        while offset < lines.count {
            offset += buffer.append(lines, from: offset)
            reader.read(&buffer, isFinal: offset == lines.count, into: &summary)
        }
        read = summary.requests &+ UInt64(clamping: summary.entries.count)
        unread = UInt64(clamping: summary.unparsed.count)
        for sample in summary.unparsed.first.prefix(Self.samplesMax) {
            faults.append(
                Fault(
                    text: "line \(sample.line) of its last ones does not fit, from column \(sample.column)",
                    sample: sample, nearest: Detector.nearest(to: sample.text.span)))
        }
    }

    /// Why a log cannot be read, and the command that helps.
    static func remedy(_ path: String, _ code: Int32) -> String {
        if code == ENOENT { return "is not there; correct path, or write optional = yes" }
        guard code == EACCES else { return "\(LogSourceError.reason(code)); name a file that you may read" }
        let user = UserNames(LogSample.lastLines(of: "/etc/passwd"))[geteuid()]
        let groups = UserNames(LogSample.lastLines(of: "/etc/group"))
        // The file, or the first folder above it that can be asked, says whose group may read.
        var place = path
        var bit = S_IRGRP
        while true {
            var facts = stat()
            if unsafe stat(place, &facts) == 0 {
                guard facts.st_mode & bit != 0, facts.st_gid != 0 else {
                    return
                        "permission denied at \(place), which is closed to groups; run setfacl -m u:\(user):rX \(place), "
                        + "or the agent as root"
                }
                let group = groups[facts.st_gid]
                return
                    "permission denied: \(user) is not in group \(group) of \(place); run usermod -aG \(group) \(user)"
            }
            bit = S_IXGRP
            guard let slash = place.utf8.lastIndex(of: UInt8(ascii: "/")), slash > place.startIndex else {
                break
            }
            place = String(place[..<slash])
        }
        return "permission denied; on Debian run usermod -aG adm \(user)"
    }

    /// The files that a path stands for now, in order; the path itself where it holds no pattern.
    static func files(_ path: String) -> [String] {
        var found = [""]
        for component in path.split(separator: "/") {
            let pattern = NamePattern(component)
            guard pattern.isPattern else {
                found = found.map { "\($0)/\(component)" }
                continue
            }
            var next: [String] = []
            for folder in found {
                for name in names(in: folder.isEmpty ? "/" : folder) where pattern.matches(name) {
                    next.append("\(folder)/\(name)")
                }
            }
            found = Array(next.sorted().prefix(filesMax))
        }
        let isPattern = path.split(separator: "/").contains { NamePattern($0).isPattern }
        return isPattern ? found.filter { unsafe access($0, F_OK) == 0 } : [path]
    }

    private static let namesMax = 65_536

    static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while names.count < namesMax, let entry = unsafe readdir(stream) {
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                    unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names
    }
}
