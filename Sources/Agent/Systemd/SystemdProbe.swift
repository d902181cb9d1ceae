import Glibc

/// States of systemd's units, restarts and sockets, asked over D-Bus every ten seconds on one connection that is kept.
///
/// Nothing here waits: a round of calls begins with a tick, its answers come by the descriptor, and the tick after them
/// shows them. A bus that is silent for too long is given up and connected to anew. root talks to systemd itself, which
/// answers even when the bus has died. Where OpenRC runs the machine its services are told of in the same series.
package final class SystemdProbe: Probe, LoopSource {
    package let name = "systemd"
    package let tier = Tier.whenAnswered

    private static let roundNanoseconds: UInt64 = 9_500_000_000
    private static let patienceNanoseconds: UInt64 = 5_000_000_000

    private let paths: AgentPaths
    private let user: UInt32
    private var connection: DBusConnection?
    /// The socket that failed last: another one is tried before it.
    private var avoided = ""
    /// The round whose answers are coming, and the last whole one.
    private var asking: SystemdRound?
    private var last: SystemdRound?
    private var series = SystemdSeries()
    private var startedAt: UInt64 = 0
    private var news = News.none

    private enum News {
        case none
        case round
        case services([SystemdUnit])
        case failure(ProbeError)
    }

    /// `user` is the number of the user that we act as.
    package init(_ paths: AgentPaths, user: UInt32 = geteuid()) {
        self.paths = paths
        self.user = user
    }

    // MARK: The loop

    package var descriptor: Int32 { connection?.descriptor ?? -1 }

    package var awaitsAnswer: Bool { asking != nil }

    package func tick(at now: TickTime) {
        let time = now.bootNanoseconds
        if asking != nil, time &- startedAt >= Self.patienceNanoseconds {
            drop(.overdue(what: "systemd at \(connection?.path ?? "its socket")"))
        }
        guard asking == nil, startedAt == 0 || time &- startedAt >= Self.roundNanoseconds else { return }
        startedAt = time
        begin()
    }

    package func readable() {
        guard let connection else { return }
        do throws(DBusConnection.Failure) {
            try connection.receive { (message) throws(DBusConnection.Failure) in
                asking?.take(message)
                if let failure = asking?.failure { throw .broken(failure) }
                try sendCalls()
            }
            finishIfComplete()
        } catch {
            fail(error, connection.path)
        }
    }

    package func wantsReading(at now: TickTime) -> Bool {
        if case .none = news { false } else { true }
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        if startedAt == 0 { tick(at: now) }
        let fresh = news
        news = .none
        switch fresh {
        case .none: throw .overdue(what: "systemd's first answer")
        case .failure(let error): throw error
        case .round: if let last { series.show(last, &readings) }
        case .services(let services): series.show(services, &readings)
        }
    }

    // MARK: Rounds

    private func begin() {
        // sd_booted(3): systemd runs this machine where this folder is.
        var status = stat()
        guard unsafe lstat(paths.root("/run/systemd/system"), &status) == 0,
            status.st_mode & S_IFMT == S_IFDIR
        else {
            guard let services = OpenRC.services(paths) else {
                return drop(.notApplicable(reason: "no systemd here"))
            }
            news = .services(services)
            return
        }
        do throws(ProbeError) {
            if connection == nil { try connect() }
            guard let path = connection?.path else { return }
            asking = SystemdRound(after: last)
            do throws(DBusConnection.Failure) {
                try sendCalls()
            } catch {
                fail(error, path)
            }
        } catch {
            drop(error)
        }
    }

    private func connect() throws(ProbeError) {
        var failure = ProbeError.overdue(what: "a socket of systemd")
        var sockets = [(path: paths.root("/run/dbus/system_bus_socket"), isBus: true)]
        if user == 0 { sockets.insert((paths.root("/run/systemd/private"), false), at: 0) }
        if sockets[0].path == avoided { sockets.reverse() }
        for (path, isBus) in sockets {
            do throws(DBusConnection.Failure) {
                connection = try DBusConnection(path, isBus: isBus)
                return
            } catch {
                failure = Self.error(error, path)
            }
        }
        throw failure
    }

    private func sendCalls() throws(DBusConnection.Failure) {
        guard let connection else { return }
        while let call = asking?.nextCall() {
            asking?.made(
                serial: try connection.send(call.path, call.interface, call.member, call.arguments))
        }
    }

    private func finishIfComplete() {
        guard let round = asking, round.isComplete else { return }
        asking = nil
        last = round
        news = .round
    }

    private func fail(_ failure: DBusConnection.Failure, _ path: String) {
        // A bus that goes away between two rounds is connected to again with the next one.
        let isAsking = asking != nil
        drop(Self.error(failure, path), isNews: isAsking)
    }

    private func drop(_ error: ProbeError, isNews: Bool = true) {
        if let connection {
            avoided = connection.path
            connection.close()
        }
        connection = nil
        asking = nil
        if isNews { news = .failure(error) }
    }

    private static func error(_ failure: DBusConnection.Failure, _ path: String) -> ProbeError {
        switch failure {
        case .unreachable(let code): .unreadable(path: path, errno: code)
        case .broken(let reason): .malformed(path: path, reason: reason)
        }
    }
}
