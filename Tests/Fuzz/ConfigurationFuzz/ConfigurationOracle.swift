import Agent

/// What must hold of any agent.conf: no trap, findings that have a place in the file, and the same of it when its lines end
/// in carriage returns and stand among blanks and comments.
enum ConfigurationOracle {
    nonisolated(unsafe) static var right: UInt64 = 0  // One thread: libFuzzer's, or main's.

    static func check(_ input: [UInt8]) {
        let (configuration, findings) = AgentConfiguration.parse([("a.conf", input)])
        var lines = 1
        for byte in input where byte == 0x0A { lines += 1 }
        for finding in findings {
            precondition(!finding.text.isEmpty && (0...lines).contains(finding.line), "\(finding): \(input)")
            precondition(finding.column >= 0, "\(finding): \(input)")
        }
        for log in configuration.logs where findings.isEmpty {
            precondition(!log.spec.paths.isEmpty || log.spec.journal != nil, "\(log): \(input)")
        }
        // What may be sent may stand on a host, and starts nothing there.
        let sent = AgentConfiguration.sent(input, file: "a.conf")
        if sent.findings.isEmpty {
            precondition(findings.isEmpty && sent.configuration.actions.isEmpty, "\(input)")
            precondition(sent.configuration.probes.allSatisfy { $0.kind != .run }, "\(input)")
        }
        guard findings.isEmpty else { return }
        right += 1
        var spaced: [UInt8] = []
        for line in input.split(separator: 0x0A, omittingEmptySubsequences: false) {
            spaced += [0x23, 0x0A, 0x20, 0x09] + line + [0x20, 0x0D, 0x0A]
        }
        let again = AgentConfiguration.parse([("a.conf", spaced)])
        precondition(again.findings.isEmpty, "\(again.findings): \(input)")
        precondition(
            again.configuration.logs.map(\.spec.paths) == configuration.logs.map(\.spec.paths)
                && unplaced(again.configuration.actions) == unplaced(configuration.actions)
                && again.configuration.probes == configuration.probes, "\(input)")
    }

    /// Actions without the lines that they stand in, which comments move.
    private static func unplaced(
        _ actions: [AgentConfiguration.Action]
    ) -> [AgentConfiguration.Action] {
        actions.map { action in
            var action = action
            action.line = 0
            return action
        }
    }
}
