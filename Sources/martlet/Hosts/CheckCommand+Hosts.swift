import ArgumentParser
import Fleet
import Foundation
import Hub
import Text

/// The hosts' own files: the agent's check, run on each of them.
extension CheckCommand {
    /// All are asked at once; the worst answer decides: a host out of reach, a bad file, something to look at.
    func checkHosts() async throws {
        let agents = AgentRun(agent: Programs.agent, sockets: try HubFolders().sshSockets)
        let targets = try HostArguments.targets(hosts, config: config)
        let rollouts = try HostArguments.inventory(config)?.rollouts ?? []
        let words = actions ? ["check", "--output", "json"] : ["check"]
        let checks = await withTaskGroup(of: (Int, HostCheck).self) { tasks in
            for (place, target) in targets.enumerated() {
                tasks.addTask { (place, await Self.check(target, words, agents)) }
            }
            var checks: [Int: HostCheck] = [:]
            for await (place, check) in tasks { checks[place] = check }
            return checks
        }
        var report = ListReport("host", "action", "startable", "reason", "sudoers")
        var status: Set<Int32> = []
        for (place, target) in targets.enumerated() {
            guard let check = checks[place] else { continue }
            if let failure = check.failure {
                status.insert(ExitStatus.unreachable.rawValue)
                complain("\(target.name): \(failure.reason)")
            }
            guard let answer = check.answer else { continue }
            status.insert(Self.status(of: answer))
            if actions, let found = HostCheckReport(answer.output) {
                for row in found.rows(of: target.name) { report.add(row[0], row[1], row[2], row[3], row[4]) }
                for finding in found.findings { complain("\(target.name): \(finding.words)") }
                for missing in found.missing(rollouts, on: target) {
                    status.insert(ExitStatus.bad.rawValue)
                    complain("\(target.name): \(missing)")
                }
            } else {
                if targets.count > 1 { print("# \(SafeText(target.name).string)") }
                for line in answer.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                {
                    print(SafeText(String(line)).string)
                }
            }
            for line in answer.errors.split(separator: "\n") { complain("\(target.name): \(line)") }
        }
        if actions { print(try report.text(as: output), terminator: "") }
        for code in [ExitStatus.unreachable, ExitStatus.badFile, ExitStatus.bad]
        where status.contains(code.rawValue) {
            throw code
        }
    }

    private static func check(
        _ target: HostTarget, _ words: [String], _ agents: AgentRun
    ) async -> HostCheck {
        do {
            return HostCheck(answer: try await agents.run(words, on: target), failure: nil)
        } catch {
            return HostCheck(answer: nil, failure: error)
        }
    }

    /// The agent's own status as one of ours: a file that cannot be read is a bad file.
    private static func status(of answer: AgentRun.Answer) -> Int32 {
        switch answer.status {
        case 0: 0
        case 1: ExitStatus.bad.rawValue
        case 65, 66: ExitStatus.badFile.rawValue
        default: ExitStatus.unreachable.rawValue
        }
    }

    private func complain(_ text: String) {
        FileHandle.standardError.write(Data("martlet check: \(SafeText(text).string)\n".utf8))
    }
}

/// What the check on one host came to: an answer, or why there is none.
private struct HostCheck: Sendable {
    let answer: AgentRun.Answer?
    let failure: DialFailure?
}

/// What `martlet-agent check --output json` says of actions.
struct HostCheckReport: Decodable {
    struct Finding: Decodable {
        let file: String
        let line: Int
        let column: Int
        let text: String

        var words: String { "\(file):\(line):\(column): \(text)" }
    }

    /// A log of agent.conf, and what is not as that says.
    struct Log: Decodable {
        /// One thing that is not so.
        struct Fault: Decodable { let text: String }

        let service: String
        let path: String
        let faults: [Fault]
    }

    struct Action: Decodable {
        let name: String
        let startable: Bool
        let sudoers: String?
    }

    let findings: [Finding]
    let missing: [String]
    let actions: [Action]
    let logs: [Log]?

    init?(_ output: String) {
        guard let report = try? JSONDecoder().decode(Self.self, from: Data(output.utf8)) else { return nil }
        self = report
    }

    /// What is not as agent.conf says of each log.
    var logFaults: [String] {
        (logs ?? []).flatMap { log in log.faults.map { "\(log.path): [log \(log.service)] \($0.text)" } }
    }

    /// What rollouts.yaml would start on the host, and its agent.conf does not declare.
    func missing(_ rollouts: [RolloutDefinition], on target: HostTarget) -> [String] {
        let declared = Set(actions.map(\.name))
        return rollouts.flatMap { rollout -> [String] in
            // The file's reader has held it against the grammar.
            guard let selector = try? Selector(rollout.hosts), selector.matches(target.attributes) else {
                return []
            }
            return rollout.actions.filter { !declared.contains($0) }.map {
                "rollout \(rollout.name) starts \($0) here, and agent.conf declares no such action"
            }
        }
    }

    /// Host, action, yes or no, what would refuse it, and the line that sudoers must have.
    func rows(of host: String) -> [[String]] {
        actions.map { action in
            let mark = "[action \(action.name)] "
            let fault = missing.lazy.compactMap { line in
                line.range(of: mark).map { String(line[$0.upperBound...]) }
            }
            return [
                host, action.name, action.startable ? "yes" : "no", fault.first ?? "", action.sudoers ?? "",
            ]
        }
    }
}
