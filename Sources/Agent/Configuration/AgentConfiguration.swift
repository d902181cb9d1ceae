package import Telemetry

/// What agent.conf says, by docs/agent-conf.md; the defaults are those of a host without the file.
package struct AgentConfiguration: Sendable {
    /// Nil is the kernel's host name.
    package var name: String?
    package var intervalMilliseconds: UInt32?
    /// Busiest processes by CPU, memory and I/O each, 0-200.
    package var processes: Int?
    package var commandLines: AgentArguments.CommandLines?
    /// Whether logs that are found are followed where no section names one.
    package var discovers: Bool?
    package var auditsToSyslog = true
    package var takesOrders = true
    package var record = Record()
    package var logs: [Log] = []
    package var probes: [Probe] = []
    package var actions: [Action] = []

    /// All sections as they stand in the files, to see what has changed.
    package private(set) var sections: [SectionText] = []

    package init() {}

    /// A section without its comments and blanks.
    package struct SectionText: Sendable, Equatable {
        package var kind: String
        package var title: String
        package var lines: [String]
    }

    /// `[record]`: where frames are kept, and how many: three days and 64 MiB unless the file says otherwise.
    package struct Record: Sendable, Equatable {
        package var path: String?
        package var ageMilliseconds: UInt64 = 259_200_000
        package var bytes: UInt64 = 64 << 20
        /// Of the filesystem, in thousandths of one percent.
        package var keepFree = 5000
    }

    /// `[log NAME]`, with the place in the file at which it stands.
    package struct Log: Sendable {
        package var name: String
        package var spec: LogSpec
        /// As it stands in the file: a zone's name, `+HH:MM` or UTC; nil is the host's.
        package var zone: String?
        package var isOptional = false
        package var file: String
        package var line: Int
    }

    /// `[probe NAME]`: a question to a service on or near this host.
    package struct Probe: Sendable, Equatable {
        /// The key by which the target is written.
        package enum Kind: String, Sendable, CaseIterable {
            case http, tcp, tls, run
        }

        package var name: String
        package var kind = Kind.http
        package var target = ""
        package var everyMilliseconds: UInt64 = 10_000
        package var timeoutMilliseconds: UInt64 = 3000
        package var expect = "2xx"
        package var contains: String?
        package var headers: [String] = []
        package var version: String?
    }

    /// `[action NAME]`: what a hub may order here.
    package struct Action: Sendable, Equatable {
        package var name: String
        package var about = ""
        package var run: ActionArgv?
        package var user: String?
        package var timeoutMilliseconds: UInt64 = 300_000
        package var graceMilliseconds: UInt64 = 10_000
        package var danger = ActionDanger.service
        package var lock: String
        package var cooldownMilliseconds: UInt64 = 0
        package var parameters: [DeclaredAction.Parameter] = []
        package var keptOutputBytes: UInt64 = 1 << 20
        package var expectsReboot = false
        package var returnMilliseconds: UInt64 = 600_000
        /// Whether what it leaves running is meant to stay.
        package var leavesProcesses = false
        package var file = ""
        package var line = 0
    }

    /// Reads files in order, the main one first; what is wrong in any of them comes with it, and then nothing of it is
    /// to be used.
    package static func parse(
        _ files: [(path: String, bytes: [UInt8])]
    ) -> (configuration: AgentConfiguration, findings: [ConfigurationFinding]) {
        var configuration = AgentConfiguration()
        var findings: [ConfigurationFinding] = []
        var sections: [ConfigurationText.Section] = []
        for file in files {
            let text = ConfigurationText(file.bytes, file: file.path)
            findings += text.findings
            for section in text.sections {
                if let twin = sections.first(where: { $0.kind == section.kind && $0.name == section.name }) {
                    findings.append(
                        ConfigurationFinding(
                            file: file.path, line: section.line, column: 1,
                            "[\(section.title)] is in \(twin.file) too, line \(twin.line); keep one"))
                } else {
                    sections.append(section)
                }
            }
        }
        configuration.sections = sections.map { section in
            SectionText(
                kind: section.kind, title: section.title,
                lines: section.entries.map { "\($0.key) = \($0.value)" })
        }
        for section in sections {
            var reader = SectionReader(section)
            switch section.kind {
            case "agent": reader.readAgent(into: &configuration)
            case "record": reader.readRecord(into: &configuration.record)
            case "log": configuration.logs.append(reader.log())
            case "probe": configuration.probes.append(reader.probe())
            default: configuration.actions.append(reader.action())
            }
            findings += reader.findings
        }
        return (configuration, findings)
    }

    /// The keys of each kind of section; `match.` and `param.` stand for those with a name behind the dot.
    package static func keys(of kind: String) -> [String] {
        switch kind {
        case "agent": ["name", "interval", "processes", "command_lines", "discover", "audit", "actions"]
        case "record": ["path", "age", "size", "keep_free"]
        case "log":
            [
                "path", "format", "service", "route", "ignore", "slow", "start", "zone", "optional",
                "pattern",
                "match.", "journal", "docker",
            ]
        case "probe":
            ["http", "tcp", "tls", "run", "every", "timeout", "expect", "contains", "header", "version"]
        case "action":
            [
                "about", "run", "user", "timeout", "grace", "danger", "lock", "cooldown", "param.",
                "keep_output",
                "expects", "return_within", "leaves_processes",
            ]
        default: []
        }
    }
}
