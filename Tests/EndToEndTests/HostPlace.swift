import Foundation
import Glibc
import TestSupport

/// Where the processes of a test's host live: by the words that come before their command, and the address it listens at.
struct HostPlace {
    var words: [String] = []
    var address = "127.0.0.1"

    /// With mounts of its own, which `script` makes; nil, after saying so, where that is not allowed.
    static func mounted(_ script: String) throws -> HostPlace? {
        guard let unshare = Program.find("unshare"),
            try Program.run(unshare, ["-m", "true"]).status == 0
        else {
            print("skipped: no mount namespaces here; run it as root")
            return nil
        }
        let shell = "mount --make-rprivate / && { \(script)\n} && exec \"$@\""
        return HostPlace(words: [unshare, "-m", "/bin/sh", "-c", shell, "sh"])
    }
}

/// Networks of a test's own: one in which the hub lives, and one for each host, with a cable between.
final class TestNetworks {
    /// Where the hub lives.
    let hub: HostPlace
    private let holder: SpawnedProgram
    private var hosts: [String: (holder: SpawnedProgram, number: Int)] = [:]
    private let tools: (unshare: String, nsenter: String, ip: String)
    private let log: String

    /// nil, after saying so, where there can be none.
    init?(in folder: TemporaryFolder) throws {
        guard let unshare = Program.find("unshare"), let nsenter = Program.find("nsenter"),
            let ip = Program.find("ip"),
            try Program.run(unshare, ["-n", ip, "link", "set", "lo", "up"]).status == 0
        else {
            print(
                "skipped: no network namespaces here; run it as root, with iproute2 and util-linux installed")
            return nil
        }
        tools = (unshare, nsenter, ip)
        log = folder.url.appending(path: "networks.log").path
        holder = try Self.hold(tools.unshare, log)
        hub = HostPlace(words: [nsenter, "-t", "\(holder.pid)", "-n"])
        try run(hub, [ip, "link", "set", "lo", "up"])
    }

    deinit {
        hosts.values.forEach { $0.holder.end() }
        holder.end()
    }

    /// A network for a host, with a cable to the hub's or to that of the host `jump`, whom alone it can be reached from.
    func add(_ name: String, behind jump: String? = nil) throws -> HostPlace {
        let number = hosts.count + 1
        let host = try Self.hold(tools.unshare, log)
        hosts[name] = (host, number)
        let near = jump.flatMap { hosts[$0]?.holder } ?? holder
        let (one, other) = (place(near), place(host))
        try run(
            one,
            [
                tools.ip, "link", "add", "near\(number)", "type", "veth", "peer", "name", "far\(number)",
                "netns", "\(host.pid)",
            ])
        try run(one, [tools.ip, "addr", "add", "10.213.\(number).1/24", "dev", "near\(number)"])
        try run(one, [tools.ip, "link", "set", "near\(number)", "up"])
        for words in [
            ["addr", "add", "10.213.\(number).2/24", "dev", "far\(number)"],
            ["link", "set", "far\(number)", "up"],
            ["link", "set", "lo", "up"],
        ] { try run(other, [tools.ip] + words) }
        return HostPlace(words: other.words, address: "10.213.\(number).2")
    }

    /// Pulls the host's cable out, or puts it in again: what is sent is lost, and nobody is told.
    func cable(of name: String, isIn: Bool) throws {
        guard let (host, number) = hosts[name] else { return }
        try run(place(host), [tools.ip, "link", "set", "far\(number)", isIn ? "up" : "down"])
    }

    private func place(_ holder: SpawnedProgram) -> HostPlace {
        HostPlace(words: [tools.nsenter, "-t", "\(holder.pid)", "-n"])
    }

    /// A process that keeps a network of its own alive.
    private static func hold(_ unshare: String, _ log: String) throws -> SpawnedProgram {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
        let holder = try SpawnedProgram([unshare, "-n", "/bin/sleep", "600"], environment: [:], log: log)
        // It has its network once it is the sleeper.
        _ = Eventually.holds {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(holder.pid)/ns/net"))
                .map { $0 != own } ?? false
        }
        return holder
    }

    private func run(_ place: HostPlace, _ words: [String]) throws {
        let all = place.words + words
        let result = try Program.run(all[0], Array(all.dropFirst()))
        guard result.status == 0 else {
            throw ProgramError.notStarted(
                program: "\(all.joined(separator: " ")): \(result.errors)", errno: result.status)
        }
    }
}
