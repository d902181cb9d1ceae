import RequestLogs
import Text

/// What was found, for a person, for agent.conf, and for scripts.
package enum DiscoveryText {
    /// What `-o` takes; `conf` is a proposal for agent.conf.
    package enum Output: String, Sendable {
        case table, conf, json
    }

    package static func text(_ found: Discovery, _ output: Output) -> String {
        switch output {
        case .table: table(found)
        case .conf: configuration(found)
        case .json: json(found)
        }
    }

    private static func table(_ found: Discovery) -> String {
        var programs = PlainTable([
            .init("PROGRAM"), .init("UNIT OR CONTAINER"), .init("PROCESSES", alignment: .right),
            .init("LISTENS ON"),
        ])
        for program in found.programs {
            let ports = program.ports.sorted().map { "\($0)" }.joined(separator: " ")
            programs.append([
                SafeText(program.name), SafeText(program.owner.isEmpty ? "-" : program.owner),
                SafeText("\(program.processes)"), SafeText(ports.isEmpty ? "-" : ports),
            ])
        }
        var logs = PlainTable([
            .init("SERVICE"), .init("LOG"), .init("FORMAT"), .init("SURE", alignment: .right), .init("NOTE"),
        ])
        for log in found.logs {
            logs.append([
                SafeText(log.service), SafeText(log.path), SafeText(log.format.isEmpty ? "-" : log.format),
                SafeText(log.format.isEmpty ? "-" : "\(Int(log.confidence * 100)) %"), SafeText(note(log)),
            ])
        }
        var text =
            found.programs.isEmpty ? "no program that listens or writes a log was seen\n" : programs.text
        text += found.logs.isEmpty ? "\nno log was found\n" : "\n\(logs.text)"
        if found.noise > 0 {
            text +=
                "\n\(found.noise) files are left out: no service that runs writes them, and no format reads them\n"
        }
        if found.dropped > 0 {
            text +=
                "\n\(found.dropped) processes, descriptors, logs or containers were too many to be looked at\n"
        }
        if found.hidden > 0 {
            text +=
                "\n\(found.hidden) processes belong to others and do not show their files; root sees them all\n"
        }
        return text
    }

    private static func note(_ log: DiscoveredLog) -> String {
        if log.isDeleted { return "deleted, its writer has it open still" }
        if let refusal = log.refusal { return refusal }
        if log.isFollowed {
            if let configured = log.configured, log.isAsConfigured == false {
                return "followed; its lines are not as \(configured.origin) says"
            }
            if let configured = log.configured, log.choice != "auto" {
                return log.lines == 0
                    ? "empty; followed as \(configured.origin) says" : "followed as \(configured.origin) says"
            }
            switch log.lines {
            case 0: return "empty; followed, its format is told by its first lines"
            case ..<Discovery.tellingLines: return "hardly a line; followed"
            default: return "followed"
            }
        }
        return log.isOfService
            ? "not followed: no format reads most of it" : "not followed: no service that runs writes it"
    }

    private static func configuration(_ found: Discovery) -> String {
        var text = "# What martlet-agent discover proposes for agent.conf.\n"
        var names: Set<String> = []
        for log in found.logs where Discovery.isPlain(log.path) && !log.isDeleted {
            if let refusal = log.refusal {
                text += "\n# \(SafeText(log.path)): \(SafeText(refusal))\n"
                continue
            }
            guard log.isFollowed else {
                text += "\n# \(SafeText(log.path)): \(note(log))\n"
                continue
            }
            // A service may be called as another's second section would be.
            let numbered = (2...found.logs.count + 1).lazy.map { "\(log.service)-\($0)" }
            let name = names.contains(log.service) ? numbered.first { !names.contains($0) } : log.service
            names.insert(name ?? log.service)
            text += "\n[log \(name ?? log.service)]\n"
            text += "# \(sure(log))\n"
            text += log.container.map { "docker = \($0)\n" } ?? "path = \(log.path)\n"
            text += "format = \(log.choice)\nservice = \(log.service)\n"
        }
        return text
    }

    /// Why its format is what it is.
    private static func sure(_ log: DiscoveredLog) -> String {
        if let configured = log.configured, log.choice != "auto" {
            return "as \(SafeText(configured.origin)) says"
        }
        var text =
            log.lines == 0 ? "empty so far" : "\(SafeText(log.format)), \(Int(log.confidence * 100)) % sure"
        if let configured = log.configured, log.isAsConfigured == false {
            text += "; its lines are not as \(SafeText(configured.origin)) says"
        }
        return text
    }

    private static func json(_ found: Discovery) -> String {
        let programs = found.programs.map { program in
            "{\"name\":\(SummaryJSON.quoted(program.name)),\"owner\":\(SummaryJSON.quoted(program.owner)),\"exe\":\(SummaryJSON.quoted(program.exe)),"
                + "\"processes\":\(program.processes),"
                + "\"ports\":[\(program.ports.sorted().map { "\($0)" }.joined(separator: ","))]}"
        }
        let logs = found.logs.map { log in
            "{\"service\":\(SummaryJSON.quoted(log.service)),\"container\":\(log.container.map(SummaryJSON.quoted) ?? "null"),\"path\":\(SummaryJSON.quoted(log.path)),\"deleted\":\(log.isDeleted),"
                + "\"readable\":\(log.isReadable),\"refusal\":\(log.refusal.map(SummaryJSON.quoted) ?? "null"),"
                + "\"configured\":\(log.configured.map { SummaryJSON.quoted($0.origin) } ?? "null"),"
                + "\"choice\":\(SummaryJSON.quoted(log.choice)),"
                + "\"lines\":\(log.lines),\"format\":\(SummaryJSON.quoted(log.format)),"
                + "\"confidence\":\(log.confidence),\"followed\":\(log.isFollowed)}"
        }
        return "{\"programs\":[\(programs.joined(separator: ","))],\"logs\":[\(logs.joined(separator: ","))],"
            + "\"hidden_processes\":\(found.hidden),\"left_out\":\(found.noise),\"dropped\":\(found.dropped)}\n"
    }
}
