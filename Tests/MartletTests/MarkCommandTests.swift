import Fleet
import Foundation
import Telemetry
import TestSupport
import Testing

/// `martlet mark`, run as a program against a hub that takes the hosts of role=web to be two.
@Suite(.serialized) struct `The command mark` {
    private func run(_ words: [String]) async throws -> (result: Program.Result, asked: [MarkRequest]) {
        let hub = try await HubStandIn { line, body in
            switch line {
            case "GET /healthz": return HubStandIn.Answer()
            case "POST /v1/marks":
                guard let asked = try? JSONDecoder().decode(MarkRequest.self, from: body) else {
                    return .refusal(400, "no mark")
                }
                guard asked.group != "role=wbe" else { return .refusal(400, "did you mean web?") }
                let hosts = asked.group == "role=web" ? ["web1", "web2"] : []
                return .json(
                    Mark(
                        id: "00c0ffee", at: Timestamp(milliseconds: 1_795_694_400_000), kind: asked.kind,
                        title: asked.title, service: asked.service, hosts: asked.hosts + hosts,
                        group: asked.group, actor: asked.by, link: asked.link))
            default: return nil
            }
        }
        let martlet = try #require(Program.built("martlet"))
        let home = try TemporaryFolder()
        let variables = [
            "HOME": home.url.path, "PATH": "/usr/bin:/bin", "TZ": "UTC", "USER": "ops", "LC_ALL": "C.UTF-8",
        ]
        let all = ["mark"] + words + ["--hub", hub.socket]
        // On a thread of its own: the stand-in needs the others.
        let result: Program.Result = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try Program.run(martlet, all, environment: variables, seconds: 120) })
            }
        }
        let asked: [MarkRequest] = hub.bodies("POST /v1/marks")
        try await hub.end()
        return (result, asked)
    }

    @Test func `asks for the hosts of --where, and says what was marked and where`() async throws {
        let (result, asked) = try await run(["web", "4.12.1", "--where", "role=web"])
        #expect(result.status == 0, "\(result)")
        #expect(
            asked == [
                MarkRequest(kind: .deploy, title: "web 4.12.1", service: "web", group: "role=web", by: "ops")
            ])
        let line = result.output.split(separator: " ")
        #expect(
            line.first == "00c0ffee"
                && line.suffix(4).joined(separator: " ") == "deploy web 4.12.1 (role=web)\n")
    }

    @Test func `prints the hosts' names for programs`() async throws {
        let (result, asked) = try await run([
            "web", "4.12.1", "--where", "role=web", "--host", "db1", "-o", "jsonl",
        ])
        #expect(asked.first?.hosts == ["db1"])
        let mark = try JSONDecoder().decode(Mark.self, from: Data(result.output.utf8))
        #expect(mark.hosts == ["db1", "web1", "web2"] && mark.group == "role=web", "\(result)")
    }

    @Test func `ends with a wrong word's status where the selector takes nobody`() async throws {
        let (result, _) = try await run(["web", "4.12.1", "--where", "role=wbe"])
        #expect(result.status == 64 && result.errors.contains("did you mean web?"), "\(result)")
    }
}
