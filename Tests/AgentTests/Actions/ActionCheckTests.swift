import Agent
import Foundation
import TestSupport
import Testing

@Suite struct `A check of actions` {
    @Test func `names the folder that others may write, the script that is missing, and mends both`() throws {
        let host = try ActionHost()
        try FileManager.default.createDirectory(
            atPath: host.path("open"), withIntermediateDirectories: true)
        try host.script("open/a.sh", "true")
        try host.configure(
            "[action a]\nabout = x\nrun = $/open/a.sh\n[action b]\nabout = x\nrun = $/b.sh\n")
        chmod(host.path("open"), 0o777)
        let check = { try Program.run(host.agent, ["check", host.configuration]) }
        let found = try check()
        #expect(found.status == 1)
        #expect(found.output.contains("agent.conf:1:1: [action a] "), "\(found.output)")
        #expect(found.output.contains("/open may be written by others; run chmod go-w"))
        #expect(
            found.output.contains("agent.conf:4:1: [action b] ")
                && found.output.contains("b.sh: No such file"))
        chmod(host.path("open"), 0o755)
        try host.script("b.sh", "true")
        #expect(try check().status == 0)
    }

    @Test(arguments: [0o755, 0o775, 0o757, 0o777] as [mode_t], ["top", "top/mid", "top/mid/run.sh"])
    func `refuses whatever on the way to a script others may write, and names it`(
        _ mode: mode_t, _ place: String
    ) throws {
        let host = try ActionHost()
        try FileManager.default.createDirectory(
            atPath: host.path("top/mid"), withIntermediateDirectories: true)
        try host.script("top/mid/run.sh", "true")
        for name in ["top", "top/mid", "top/mid/run.sh"] { chmod(host.path(name), 0o755) }
        chmod(host.path(place), mode)
        let fault = ScriptTrust.fault(of: host.path("top/mid/run.sh"), user: geteuid())
        #expect((fault == nil) == (mode & 0o022 == 0))
        if let fault { #expect(fault.hasPrefix("\(host.path(place)) may be written by others")) }
        // A link to it is as good as what it leads through.
        symlink("top/mid/run.sh", host.path("link"))
        #expect((ScriptTrust.fault(of: host.path("link"), user: geteuid()) == nil) == (mode & 0o022 == 0))
    }

    @Test(arguments: [
        ("run = /opt/restart.sh web", #"martlet ALL=(deploy) NOPASSWD: /opt/restart.sh web"#),
        ("run = /sbin/reboot", #"martlet ALL=(deploy) NOPASSWD: /sbin/reboot """#),
        (
            "run = /opt/d.sh web {v} --m={m}\nparam.v = version\nparam.m = choice fast|safe",
            #"martlet ALL=(deploy) NOPASSWD: /opt/d.sh ^web [0-9A-Za-z][0-9A-Za-z._+-]{0,63} --m=(fast|safe)$"#
        ),
        ("run = /opt/x a,b:c=d 'e f' *", #"martlet ALL=(deploy) NOPASSWD: /opt/x a\,b\:c\=d e\ f \*"#),
    ])
    func `writes a line for sudoers that allows the words of the file and no others`(
        _ lines: String, _ expected: String
    ) throws {
        let (configuration, findings) = AgentConfiguration.parse([
            (path: "agent.conf", bytes: Array("[action a]\nabout = x\nuser = deploy\n\(lines)\n".utf8))
        ])
        #expect(findings == [])
        let action = try #require(configuration.actions.first)
        let line = try #require(SudoersLine.text(action, agent: "martlet"))
        #expect(line == expected)
        guard let visudo = Program.find("visudo") else {
            print("skipped: visudo is not installed; make test-deps")
            return
        }
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "sudoers")
        try Data("\(line)\n".utf8).write(to: file)
        let parsed = try Program.run(visudo, ["-cf", file.path])
        #expect(parsed.status == 0, "\(parsed.output)\(parsed.errors)")
    }

    /// As root a script becomes the user that its section names, with no groups but that user's.
    @Test func `a script runs as the user of its section`() throws {
        guard geteuid() == 0 else {
            print("skipped: only root becomes another user")
            return
        }
        let host = try ActionHost()
        chmod(host.folder.url.path, 0o755)
        try host.script("who.sh", "id -un; id -Gn; echo $HOME $USER")
        try host.configure("[action who]\nabout = x\nrun = $/who.sh\nuser = nobody\n")
        let answer = try host.run(host.order("who", sequence: 1))
        #expect(
            answer.text.hasPrefix("nobody\nnogroup\n") && answer.text.hasSuffix(" nobody\n"), "\(answer.text)"
        )
    }

    /// An agent that is not root goes through sudo, with exactly the words of the file.
    @Test func `an agent that is not root asks sudo, and says what sudoers lacks`() throws {
        guard geteuid() == 0, Program.find("sudo") != nil, Program.find("setpriv") != nil else {
            print("skipped: needs root, sudo and setpriv; make test-deps")
            return
        }
        let host = try ActionHost()
        chmod(host.folder.url.path, 0o755)
        try host.script("who.sh", "id -un")
        try host.configure("[action who]\nabout = x\nrun = $/who.sh\nuser = root\n")
        let nobody = try #require(getpwnam("nobody"))
        chown(host.configuration, nobody.pointee.pw_uid, nobody.pointee.pw_gid)
        // The check, as the agent's own user, names the line.
        let agent = host.path("martlet-agent")
        _ = try Program.run("/bin/sh", ["-c", "cp \"$0\" \"$1\" && chmod 755 \"$1\"", host.agent, agent])
        let asNobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", agent]
        guard try Program.run("/usr/bin/env", asNobody + ["--version"]).status == 0 else {
            print("skipped: another user may not read the libraries of this build")
            return
        }
        let checked = try Program.run(
            "/usr/bin/env", asNobody + ["check", host.configuration])
        #expect(
            checked.output.contains("nobody ALL=(root) NOPASSWD: \(host.path("who.sh")) \"\""),
            "\(checked.output)\(checked.errors)")
    }
}
