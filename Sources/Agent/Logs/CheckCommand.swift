import Glibc
import RequestLogs
import Text

/// `martlet-agent check`: is the configuration right, and do its logs read as it says.
struct CheckCommand {
    let path: String?
    let isJSON: Bool

    /// 0 without findings, 1 where a log is not as the file says, 65 where the file is wrong, 66 where it is not there.
    func run() -> Int32 {
        guard let found = ConfigurationFiles.path(path) else {
            CommandOutput.write(
                isJSON
                    ? "{\"file\":null,\"findings\":[],\"logs\":[],\"probes\":[],\"actions\":[]}\n"
                    : "no configuration: \(ConfigurationFiles.usual.joined(separator: ", ")); every default holds\n"
            )
            return 0
        }
        guard unsafe access(found, R_OK) == 0 else {
            CommandOutput.complain(
                "martlet-agent: \(found): \(LogSourceError.reason(errno)); name a file that you may read\n")
            return 66
        }
        let (configuration, findings) = AgentConfiguration.load(found)
        var checks: [LogCheck] = []
        var missing: [String] = []
        var containers = ContainerLogs(root: "/")
        if configuration.logs.contains(where: { $0.spec.container != nil }) { containers.refresh() }
        for log in configuration.logs {
            let kept = log.spec.container.map { containers.paths(of: $0) } ?? []
            if let name = log.spec.container, kept.isEmpty, !log.isOptional {
                missing.append(
                    "\(log.file):\(log.line):1: [log \(log.name)] docker = \(name): no container of that name has a log here now, "
                        + "or only root may see it")
            }
            for path in log.spec.paths + kept {
                let files = LogCheck.files(path)
                if files.isEmpty, !log.isOptional {
                    missing.append(
                        "\(log.file):\(log.line):1: [log \(log.name)] path = \(path): no file is there now")
                }
                checks += files.map { LogCheck(log, path: $0) }
            }
            if let unit = log.spec.journal { checks.append(LogCheck(log, journal: unit)) }
        }
        let probes = findings.isEmpty ? configuration.probes.map { ProbeCheck($0) } : []
        missing += probes.compactMap(\.fault)
        let actions = configuration.actions.map { ActionCheck($0) }
        missing += actions.compactMap(\.fault)
        CommandOutput.write(
            isJSON
                ? json(found, findings, missing, checks, probes, actions)
                : text(found, configuration, findings, missing, checks, probes, actions))
        if !findings.isEmpty { return 65 }
        return missing.isEmpty && checks.allSatisfy(\.isRight) ? 0 : 1
    }

    private func text(
        _ file: String, _ configuration: AgentConfiguration, _ findings: [ConfigurationFinding],
        _ missing: [String], _ checks: [LogCheck], _ probes: [ProbeCheck], _ actions: [ActionCheck]
    ) -> String {
        var text = ""
        for finding in findings { text += "\(SafeText(finding.description))\n" }
        if findings.isEmpty {
            let wrong = missing.count + checks.count { !$0.isRight }
            text +=
                "\(SafeText(file)): \(wrong == 0 ? "right" : "is well formed, but not all is as it says"): "
                + "\(Format.counted(configuration.logs.count, "log")), \(Format.counted(configuration.probes.count, "probe")), "
                + "\(Format.counted(configuration.actions.count, "action"))\n"
        }
        for line in missing { text += "\(SafeText(line))\n" }
        for probe in probes where probe.fault == nil { text += "\(SafeText(probe.text))\n" }
        let sudoers = actions.compactMap(\.sudoers)
        if !sudoers.isEmpty {
            text += "for sudo, as root: visudo -f /etc/sudoers.d/martlet\n"
            for line in sudoers { text += "  \(SafeText(line))\n" }
        }
        for check in checks {
            text += "\n\(SafeText(check.service))  \(SafeText(check.path))\n"
            if !check.format.isEmpty {
                text += "  read as \(SafeText(check.format))"
                if let confidence = check.confidence {
                    text += ", found out, confidence \(Format.fixed(confidence, places: 2))"
                }
                text +=
                    ": \(Format.counted(check.read, "record")), "
                    + "\(Format.counted(check.unread, "line")) \(check.unread == 1 ? "does" : "do") not fit\n"
            } else if check.faults.isEmpty {
                text += "  nothing to read yet\n"
            }
            for fault in check.faults {
                text += "  \(SafeText(fault.text))\n"
                if let sample = fault.sample { text += LogsExplanation.marked(sample) }
                text += LogsExplanation.text(fault.nearest)
            }
        }
        return text
    }

    private func json(
        _ file: String, _ findings: [ConfigurationFinding], _ missing: [String], _ checks: [LogCheck],
        _ probes: [ProbeCheck], _ actions: [ActionCheck]
    ) -> String {
        let ordered = actions.map { action in
            let sudoers = action.sudoers.map(SummaryJSON.quoted) ?? "null"
            return
                "{\"name\":\(SummaryJSON.quoted(action.name)),\"startable\":\(action.fault == nil),\"sudoers\":\(sudoers)}"
        }
        let logs = checks.map { check in
            let faults = check.faults.map { fault in
                var text = "{\"text\":\(SummaryJSON.quoted(fault.text))"
                if let sample = fault.sample {
                    text += ",\"line\":\(sample.line),\"column\":\(sample.column),\"sample\":"
                    text += SummaryJSON.quoted("\(SafeText(SummaryJSON.redacted(sample.text)))")
                }
                let nearest = fault.nearest.map { near in
                    let column = near.column.map { String($0) } ?? "null"
                    return
                        "{\"format\":\(SummaryJSON.quoted(near.format.name)),\"fails_at_column\":\(column)}"
                }
                return text + ",\"nearest\":[\(nearest.joined(separator: ","))]}"
            }
            let confidence = check.confidence.map { Format.fixed($0, places: 3) } ?? "null"
            return
                "{\"service\":\(SummaryJSON.quoted(check.service)),\"path\":\(SummaryJSON.quoted(check.path)),\"format\":\(SummaryJSON.quoted(check.format)),"
                + "\"confidence\":\(confidence),\"read\":\(check.read),\"unread\":\(check.unread),"
                + "\"faults\":[\(faults.joined(separator: ","))]}"
        }
        return "{\"file\":\(SummaryJSON.quoted(file)),\"findings\":\(ConfigurationFinding.json(findings)),"
            + "\"missing\":[\(missing.map(SummaryJSON.quoted).joined(separator: ","))],\"logs\":[\(logs.joined(separator: ","))],"
            + "\"probes\":[\(probes.map(\.json).joined(separator: ","))],"
            + "\"actions\":[\(ordered.joined(separator: ","))]}\n"
    }
}
