import Fleet
import Hub
import TestSupport
import Testing

@Suite struct `The words of ssh` {
    private static let contract = """
        -T -o BatchMode=yes -o RequestTTY=no -o RemoteCommand=none -o PermitLocalCommand=no -o ClearAllForwardings=yes \
        -o ForwardAgent=no -o ForwardX11=no -o EscapeChar=none -o ControlMaster=no -o ServerAliveInterval=5 \
        -o ServerAliveCountMax=3 -o ConnectTimeout=10
        """

    @Test func `begin with the options that no line of a user's file may change`() {
        let words = SSHWords().run("x", on: HostTarget("web1"), by: .direct)
        #expect(words.joined(separator: " ").hasPrefix("ssh " + Self.contract))
        #expect(words.suffix(3) == ["--", "web1", "x"])
    }

    @Test func `have what hosts.yaml says of dialling and of the host`() {
        var options = DialOptions()
        options.connectTimeoutSeconds = 3
        options.keepaliveSeconds = 9
        options.trustsNew = true
        var target = HostTarget("legacy")
        target.destination = SSHDestination("192.0.2.17", user: "root", port: 2222, identity: "/home/a b/key")
        let words = SSHWords(options).run("x", on: target, by: .direct, socket: "/run/%1/s")
        for wanted in [
            "ConnectTimeout=3", "ServerAliveInterval=9", "StrictHostKeyChecking=accept-new",
            "IdentitiesOnly=yes",
            "ControlPath=/run/%%1/s",
        ] { #expect(words.contains(wanted), "\(wanted)") }
        let line = words.joined(separator: " ")
        #expect(line.contains("-p 2222 -i /home/a b/key -o IdentitiesOnly=yes -l root -- 192.0.2.17 x"))
    }

    @Test(arguments: [(nil, nil, nil), (true, "accept-new", "accept-new"), (false, "yes", "ask")])
    func `take or refuse a host key that nobody knows only where hosts.yaml says so`(
        _ trusts: Bool?, _ plain: String?, _ asking: String?
    ) {
        var options = DialOptions()
        options.trustsNew = trusts
        let words = SSHWords(options)
        func checking(_ words: [String]) -> String? {
            words.first { $0.hasPrefix("StrictHostKeyChecking=") }.map { String($0.split(separator: "=")[1]) }
        }
        #expect(checking(words.run("x", on: HostTarget("web1"), by: .direct)) == plain)
        let master = words.master(
            SSHDestination("web1"), by: .direct, socket: "/s", lingerSeconds: 1, asks: true)
        #expect(checking(master) == asking)
    }

    @Test func `are one word for the shell that runs a proxy, however deep`() throws {
        let a = SSHDestination("bastion", user: "me", port: 2222)
        let b = SSHDestination("inner", identity: "/keys/it's 5%")
        let route = SSHWords.Route.through(b, socket: nil, behind: .through(a, socket: "/s", behind: .direct))
        let words = SSHWords().run("x", on: HostTarget("db1"), by: route)
        let proxy = try #require(words.first { $0.hasPrefix("ProxyCommand=") })
        // As ssh reads it, and then the shell: per cents first, then words.
        let command = Self.expanded(String(proxy.dropFirst("ProxyCommand=".count)), "db1", "22")
        let inner = try Self.shellWords(command)
        #expect(inner.suffix(4) == ["-W", "[db1]:22", "--", "inner"])
        #expect(inner.contains("/keys/it's 5%"))
        let second = try #require(inner.first { $0.hasPrefix("ProxyCommand=") })
        let outer = try Self.shellWords(
            Self.expanded(String(second.dropFirst("ProxyCommand=".count)), "inner", "22"))
        #expect(outer.suffix(4) == ["-W", "[inner]:22", "--", "bastion"])
        #expect(outer.contains("ControlPath=/s"))
        #expect(outer.joined(separator: " ").contains("-p 2222 -l me"))
    }

    private static func expanded(_ text: String, _ host: String, _ port: String) -> String {
        text.split(separator: "%%", omittingEmptySubsequences: false)
            .map { $0.replacing("%h", with: host).replacing("%p", with: port) }.joined(separator: "%")
    }

    private static func shellWords(_ line: String) throws -> [String] {
        let printed = try Program.run("/bin/sh", ["-c", "for w in \(line); do printf '%s\\n' \"$w\"; done"])
        return printed.output.split(separator: "\n").map(String.init)
    }

    @Test func `are an ordinary login for a person`() {
        #expect(SSHWords.interactive(HostTarget("web1")) == ["ssh", "-t", "--", "web1"])
        var target = HostTarget("db1")
        target.destination.user = "ops"
        target.jumps = [SSHDestination("a", user: "me", port: 22), SSHDestination("fe80::1")]
        #expect(
            SSHWords.interactive(target) == [
                "ssh", "-t", "-J", "me@a:22,[fe80::1]", "-l", "ops", "--", "db1",
            ])
        #expect(
            SSHWords.byHand(target.destination, jumps: target.jumps)
                == "ssh -J 'me@a:22,[fe80::1]' -l ops db1")
    }

    @Test(arguments: [
        ("host web1\nproxyjump bastion\n", [SSHDestination("bastion")]),
        ("proxyjump me@a:2222,b\n", [SSHDestination("a", user: "me", port: 2222), SSHDestination("b")]),
        ("proxyjump [fe80::1]:22\n", [SSHDestination("fe80::1", port: 22)]),
        ("proxyjump ssh://me@a:22\n", [SSHDestination("a", user: "me", port: 22)]),
        ("proxyjump none\n", []), ("proxycommand nc %h %p\n", []), ("proxyjump a b\n", []), ("", []),
        ("proxyjump -oX=1\n", []), ("proxyjump a,\n", []), ("proxyjump a:b\n", []),
    ])
    func `find the jump hosts that ssh's own configuration names`(settings: String, chain: [SSHDestination]) {
        #expect(ConfiguredJumps.read(settings) == chain)
    }
}
