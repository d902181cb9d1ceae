import Fleet
import Foundation
import Hub
import TestSupport
import Testing

/// What a host does with the command, here run by the shells themselves: no ssh is between.
@Suite(.timeLimit(.minutes(3))) struct `The script that finds or takes the agent` {
    /// A home folder, and an "agent" that says who it is.
    private struct World {
        let folder: TemporaryFolder
        let agent = Data("#!/bin/sh\ncase $1 in --version) echo 9;; *) echo agent $0 $*;; esac\n".utf8)

        init() throws {
            folder = try TemporaryFolder()
        }

        var home: String { folder.url.path }

        func copy() throws -> (AgentCopy, Data) {
            let file = folder.url.appending(path: "given")
            try agent.write(to: file)
            let sum = try Program.run("/usr/bin/sha256sum", [file.path]).output
            return (AgentCopy(size: agent.count, digest: String(sum.prefix(64)), machine: "x86_64"), agent)
        }

        func run(
            _ shell: [String], _ command: String, input: Data = Data(), path: String = "/usr/bin:/bin",
            _ more: [String: String] = [:]
        ) throws -> Program.Result {
            var environment = ["HOME": home, "PATH": path, "XDG_RUNTIME_DIR": "\(home)/run"]
            environment.merge(more) { $1 }
            return try Program.run(
                shell[0], shell.dropFirst() + ["-c", command], input: input, environment: environment,
                seconds: 30)
        }

        func install(at path: String) throws {
            try Program.write(
                String(decoding: agent, as: UTF8.self), to: folder.url.appending(path: path).path)
        }
    }

    /// Each with the words before `-c`.
    private static let shells = [
        ["sh"], ["bash"], ["zsh"], ["fish"], ["tcsh"], ["csh"], ["busybox", "ash"],
    ]

    private func found(_ shell: [String]) -> [String]? {
        guard let program = Program.find(shell[0]) else {
            print("no \(shell[0]) here: make test-deps")
            return nil
        }
        return [program] + shell.dropFirst()
    }

    @Test(arguments: shells)
    func `starts the agent that is on PATH or in a usual place, in any login shell`(_ shell: [String]) throws
    {
        guard let shell = found(shell) else { return }
        let world = try World()
        try world.install(at: "bin/martlet-agent")
        let result = try world.run(shell, AgentScript.command(HostTarget("web1"), copy: nil))
        #expect(result.output == "agent \(world.home)/bin/martlet-agent stream\n", "\(result.errors)")
    }

    @Test(arguments: shells)
    func `asks for a copy, takes it and starts it, in any login shell`(_ shell: [String]) throws {
        guard let shell = found(shell) else { return }
        let world = try World()
        let (copy, bytes) = try world.copy()
        let command = AgentScript.command(HostTarget("web1"), copy: copy)
        let result = try world.run(shell, command, input: bytes)
        let folder = "\(world.home)/.cache/martlet"
        let agent = "\(folder)/martlet-agent-\(copy.digest.prefix(16))"
        var scanner = HostWordScanner()
        let words = scanner.take(Array(result.output.utf8))
        guard case .copy("Linux", let machine, folder) = words.first, !machine.isEmpty else {
            Issue.record("said \(result.output) \(result.errors)")
            return
        }
        #expect(result.output.hasSuffix("agent \(agent) stream\n"))
        // The second time it is there, and an old one goes.
        let again = try world.run(shell, command)
        #expect(again.output == "agent \(agent) stream\n", "\(again.errors)")
    }

    @Test func `removes old copies, and what was half written, when it takes a new one`() throws {
        let world = try World()
        try world.install(at: ".cache/martlet/martlet-agent-old")
        try world.install(at: ".cache/martlet/.new-17")
        let (copy, bytes) = try world.copy()
        let result = try world.run(
            ["/bin/sh"], AgentScript.command(HostTarget("web1"), copy: copy), input: bytes)
        #expect(result.status == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(world.home)/.cache/martlet")
        #expect(left == ["martlet-agent-\(copy.digest.prefix(16))"])
    }

    @Test(arguments: [0, 1, 50])
    func `starts nothing that came spoilt or cut`(_ kept: Int) throws {
        let world = try World()
        let (copy, bytes) = try world.copy()
        let spoilt = bytes.prefix(kept) + (kept == 50 ? Data(repeating: 65, count: bytes.count - 50) : Data())
        let result = try world.run(
            ["/bin/sh"], AgentScript.command(HostTarget("web1"), copy: copy), input: spoilt)
        #expect(result.status == 65)
        #expect(result.output.contains("martlet-host 1 spoilt \(world.home)/.cache/martlet\n"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(world.home)/.cache/martlet") == [])
    }

    @Test func `checks a copy with what the host has`() throws {
        // In a folder of its own: only the programs that the script needs, and one that takes digests.
        for checker in ["sha256sum", "busybox", "openssl", "none"] {
            guard checker == "none" || Program.find(checker) != nil else { continue }
            let world = try World()
            let tools = ["sh", "id", "uname", "mkdir", "chmod", "rm", "mv", "head"] + [checker]
            for tool in tools where tool != "none" {
                try FileManager.default.createDirectory(
                    atPath: "\(world.home)/tools", withIntermediateDirectories: true)
                let program = try #require(Program.find(tool))
                try FileManager.default.createSymbolicLink(
                    atPath: "\(world.home)/tools/\(tool)", withDestinationPath: program)
            }
            let (copy, bytes) = try world.copy()
            // The script widens PATH itself; a host without these folders is what it is to find here.
            let command = AgentScript.command(HostTarget("web1"), copy: copy)
                .replacing(":/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", with: "")
            let result = try world.run(
                ["/bin/sh"], command, input: bytes, path: "\(world.home)/tools")
            // The stand-in for an agent knows no digest, so without a tool the copy counts as spoilt.
            #expect(result.status == (checker == "none" ? 65 : 0), "\(checker): \(result.errors)")
        }
    }

    @Test func `says where no folder takes a program, and why`() throws {
        let world = try World()
        let (copy, _) = try world.copy()
        var target = HostTarget("web1")
        target.agentFolder = "/proc/martlet"
        let result = try world.run(["/bin/sh"], AgentScript.command(target, copy: copy))
        #expect(result.status == 73)
        #expect(result.output == "\nmartlet-host 1 nowhere unwritable:/proc/martlet\n")
    }

    @Test(arguments: [
        (HostTarget.AgentPolicy.installed, "none Linux"), (.path("/opt/nowhere/agent"), "/opt/nowhere/agent"),
    ])
    func `says that there is none where none may be copied`(policy: HostTarget.AgentPolicy, part: String)
        throws
    {
        let world = try World()
        let (copy, _) = try world.copy()
        var target = HostTarget("web1")
        target.agent = policy
        let result = try world.run(["/bin/sh"], AgentScript.command(target, copy: copy))
        #expect(result.status == 127)
        #expect(result.output.contains(part), "\(result.output)")
    }

    @Test func `leaves an installed agent aside that speaks another version, and can go through sudo`() throws
    {
        let world = try World()
        try world.install(at: "bin/martlet-agent")
        let (copy, bytes) = try world.copy()
        let command = AgentScript.command(HostTarget("web1"), copy: copy, mustCopy: true)
        #expect(
            try world.run(["/bin/sh"], command, input: bytes).output.contains(
                "/.cache/martlet/martlet-agent-"))
        var target = HostTarget("web1")
        target.usesSudo = true
        #expect(AgentScript.command(target, copy: nil).contains(#"exec sudo -n -- "$a" stream;"#))
    }

    @Test func `has no character that a login shell reads inside single quotes`() throws {
        let (copy, _) = try World().copy()
        let command = AgentScript.command(HostTarget("web1"), copy: copy)
        let script = command.dropFirst("sh -c '".count).dropLast()
        #expect(command.hasPrefix("sh -c '") && command.hasSuffix("'"))
        #expect(!script.contains { "'\\!\n\r".contains($0) })
    }

    @Test func `is understood among the noise of login shells`() {
        var scanner = HostWordScanner()
        let noise = Array(("Welcome\n" + String(repeating: "x", count: 9000)).utf8)
        #expect(scanner.take(noise).isEmpty)
        #expect(
            scanner.take(Array("\nmartlet-host 1 copy Linux x86_64 /home/a b/.cache\nrest".utf8))
                == [.copy(system: "Linux", machine: "x86_64", folder: "/home/a b/.cache")])
        #expect(scanner.take(Array("martlet-host 1 copy\nmartlet-host 2 none a b\n".utf8)).isEmpty)
    }

    @Test func `can run another command of the agent, and says where its output begins`() throws {
        let world = try World()
        try world.install(at: "bin/martlet-agent")
        let command = AgentScript.command(
            HostTarget("web1"), copy: nil, arguments: ["discover", "--output", "conf"])
        let result = try world.run(["/bin/sh"], command)
        #expect(
            result.output
                == "\nmartlet-host 1 run\nagent \(world.home)/bin/martlet-agent discover --output conf\n")
    }
}
