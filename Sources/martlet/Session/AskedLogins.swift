import Fleet
import Foundation
import Glibc
import Hub

/// Logs in to hosts whose login wants a person (a password, a second factor, a touch of the key), on the terminal and
/// before a screen takes it; the hub then rides on the connections that stand.
struct AskedLogins {
    private let sockets: SSHSockets
    private let words = SSHWords()

    /// A connection on which the hub does not ride meanwhile stays so long; the hub's end ends it at once.
    private static let lingerSeconds = 600

    init(_ sockets: SSHSockets) {
        self.sockets = sockets
    }

    /// Those that stand afterwards and would not have stood without a person; `say` gets a line for each that is asked for.
    func open(_ targets: [HostTarget], say: (String) -> Void) throws -> [HostTarget] {
        try sockets.make()
        return targets.filter { target in
            guard target.connect == .ssh, (try? target.check()) != nil else { return false }
            let chain = target.jumps.isEmpty ? configuredJumps(target.destination) : target.jumps
            let socket = sockets.path(target.destination, behind: target.jumps)
            guard !stands(socket, target.destination), !lets(target, chain) else { return false }
            say("\(target.name) is asked for: \(SSHWords.byHand(target.destination, jumps: target.jumps))")
            guard let route = open(chain) else {
                say("\(target.name): its jump host was not opened")
                return false
            }
            let isOpen = opened(target.destination, by: route, socket)
            if !isOpen { say("\(target.name) was not opened") }
            return isOpen
        }
    }

    /// Whether a login succeeds that asks nobody.
    private func lets(_ target: HostTarget, _ chain: [SSHDestination]) -> Bool {
        let route = chain.indices.reduce(SSHWords.Route.direct) { route, index in
            let socket = sockets.present(chain[index], behind: Array(chain[..<index]))
            return .through(chain[index], socket: socket, behind: route)
        }
        return Self.run(words.run("true", on: target, by: route), isQuiet: true) == 0
    }

    /// Opens what of the chain does not stand yet; nil where a part of it cannot be opened.
    private func open(_ chain: [SSHDestination]) -> SSHWords.Route? {
        var route = SSHWords.Route.direct
        for (index, jump) in chain.enumerated() {
            let socket = sockets.path(jump, behind: Array(chain[..<index]))
            guard stands(socket, jump) || opened(jump, by: route, socket) else { return nil }
            route = .through(jump, socket: socket, behind: route)
        }
        return route
    }

    private func opened(_ destination: SSHDestination, by route: SSHWords.Route, _ socket: String) -> Bool {
        let words = words.master(
            destination, by: route, socket: socket, lingerSeconds: Self.lingerSeconds, asks: true)
        return Self.run(words, isQuiet: false) == 0
    }

    private func stands(_ socket: String, _ destination: SSHDestination) -> Bool {
        access(socket, F_OK) == 0
            && Self.run(SSHWords.tell("check", socket: socket, destination), isQuiet: true) == 0
    }

    private func configuredJumps(_ destination: SSHDestination) -> [SSHDestination] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = SSHWords.settings(destination)
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return [] }
        let settings = (try? output.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        return ConfiguredJumps.read(String(decoding: settings ?? Data(), as: UTF8.self))
    }

    /// Runs a program on this terminal; a quiet one has neither keys nor a voice. Its exit status, or -1.
    private static func run(_ words: [String], isQuiet: Bool) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if isQuiet {
            for stream in Int32(0)...2 {
                posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
            }
        }
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid: pid_t = 0
        guard posix_spawnp(&pid, words[0], &actions, nil, &argv, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return -1 }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
    }
}
