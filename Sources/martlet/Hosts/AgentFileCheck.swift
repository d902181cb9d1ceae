import Foundation
import Hub

/// What this machine's agent says of the agent.conf in the configuration folder, which it reads before that of /etc/martlet.
struct AgentFileCheck {
    /// Why the agent would not take the file.
    private(set) var wrong: [String] = []
    /// What it takes and is not as the file says: a log that is not there, a script that others may write.
    private(set) var look: [String] = []
    let path: String

    /// nil where the folder has no such file.
    init?(_ folder: String) async {
        path = "\(folder)/agent.conf"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let agents = AgentRun(agent: Programs.agent, sockets: try HubFolders().sshSockets)
            let answer = try await agents.runHere(["check", "--output", "json", path])
            guard let report = HostCheckReport(answer.output) else {
                let said = answer.errors.split(separator: "\n").last.map(String.init)
                look = ["\(path): could not be checked: \(said ?? "martlet-agent said nothing")"]
                return
            }
            wrong = report.findings.map(\.words)
            look = report.missing + report.logFaults
        } catch {
            look = ["\(path): could not be checked: \(error)"]
        }
    }
}
