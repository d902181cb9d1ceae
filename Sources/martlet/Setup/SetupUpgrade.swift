import ArgumentParser
import Fleet
import Foundation
import Hub
import Text

/// `martlet setup HOST… --upgrade`: the agents that are there, some hosts at a time; the first that does not answer as the
/// new one ends it, and the hosts behind it stay as they are.
struct SetupUpgrade {
    let script: SetupScript
    let agents: AgentRun
    let batch: Int
    let isDry: Bool

    /// What a host has now.
    private struct Installed {
        let path: String
        let version: String
        let digest: String
    }

    private enum Look {
        case installed(Installed)
        case none
        case failed(String)
    }

    func run(_ targets: [HostTarget], confirm: ([HostTarget]) throws -> Void) async throws {
        let new = try await ownAgent()
        var status = Set<Int32>()
        var due: [HostTarget] = []
        for (target, look) in await looks(targets) {
            let name = SafeText(target.name).string
            switch look {
            case .installed(let old) where old.digest == new.digest:
                print("= \(name): \(SafeText(old.path).string) is \(new.version) already")
            case .installed(let old):
                print(
                    "~ \(name): \(SafeText(old.path).string) \(SafeText(old.version).string) becomes \(new.version)"
                )
                due.append(target)
            case .none: print("= \(name): no agent of setup is there")
            case .failed(let reason):
                ActionFailure.complain("setup", "\(target.name): \(reason)")
                status.insert(ExitStatus.unreachable.rawValue)
            }
        }
        if !isDry, !due.isEmpty {
            try confirm(due)
            if let code = await replace(due, new) { throw code }
        }
        if let code = status.first { throw ExitCode(code) }
    }

    /// Replaces a batch after the other; how it ended where it did not go to the end.
    private func replace(_ due: [HostTarget], _ new: Installed) async -> ExitCode? {
        var rest = due[...]
        while !rest.isEmpty {
            let now = rest.prefix(batch)
            rest = rest.dropFirst(batch)
            let failures = await withTaskGroup(of: (String, String?).self) { tasks in
                for target in now { tasks.addTask { (target.name, await replace(target, new)) } }
                var failures: [(String, String)] = []
                for await (name, failure) in tasks {
                    if let failure { failures.append((name, failure)) }
                }
                return failures
            }
            let failed = Set(failures.map(\.0))
            for target in now where !failed.contains(target.name) {
                print("+ \(SafeText(target.name).string): answers as \(new.version)")
            }
            guard !failures.isEmpty else { continue }
            for (name, failure) in failures.sorted(by: { $0.0 < $1.0 }) {
                ActionFailure.complain("setup", "\(name): \(failure)")
            }
            if !rest.isEmpty {
                let names = rest.map(\.name).joined(separator: ", ")
                ActionFailure.complain("setup", "stopped before \(names)")
            }
            return ExitStatus.bad
        }
        return nil
    }

    /// What went wrong; nil where the host's own agent is the new one.
    private func replace(_ target: HostTarget, _ new: Installed) async -> String? {
        do throws(DialFailure) {
            let answer = try await agents.run(script: script.text(.upgrade), on: target)
            guard answer.status == 0 else {
                return answer.errors.split(separator: "\n").last.map { "\(SafeText(String($0)).string)" }
                    ?? "install.sh ended with \(answer.status)"
            }
        } catch {
            return error.reason
        }
        switch await look(target) {
        case .installed(let now) where now.digest == new.digest: return nil
        case .installed(let now): return "its agent still answers as \(now.version), with another digest"
        case .none: return "its agent does not run"
        case .failed(let reason): return reason
        }
    }

    private func looks(_ targets: [HostTarget]) async -> [(HostTarget, Look)] {
        var looks: [(HostTarget, Look)] = []
        for target in targets { looks.append((target, await look(target))) }
        return looks
    }

    private func look(_ target: HostTarget) async -> Look {
        do throws(DialFailure) {
            let answer = try await agents.run(script: script.text(.survey), on: target)
            let lines = answer.output.split(separator: "\n").map { $0.split(separator: " ") }
            guard let words = lines.first(where: { $0.first == Substring(SetupScript.installed) }) else {
                guard answer.status != 0 || !answer.errors.isEmpty else { return .none }
                return .failed(
                    answer.errors.split(separator: "\n").last.map(String.init) ?? "it cannot be looked at")
            }
            guard words.count == 4 else { return .failed("its agent does not run: \(answer.errors)") }
            return .installed(
                Installed(path: String(words[1]), version: String(words[2]), digest: String(words[3])))
        } catch {
            return .failed(error.reason)
        }
    }

    /// The agent of this machine, in its own words.
    private func ownAgent() async throws -> Installed {
        guard let path = Programs.agent else { throw ActionRefusal.usage("\(HubError.noAgent)") }
        func ask(_ word: String) throws -> String {
            let process = Process()
            process.executableURL = URL(filePath: path)
            process.arguments = [word]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return Installed(path: path, version: try ask("--version"), digest: try ask("digest"))
    }
}
