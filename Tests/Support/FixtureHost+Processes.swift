package import Telemetry

/// The processes of a fixture host: a handful that work, and a long tail that sleeps.
extension FixtureHost {
    private struct Program {
        let command: String
        let line: String
        let user: String
        let unit: String
        /// Cores at full load, and memory in MiB.
        let cores: Double
        let mebibytes: Double
        let threads: Int32
    }

    private static let programs = [
        Program(
            command: "web-server", line: "/srv/web/bin/web-server --port 8080 --workers 12", user: "app",
            unit: "web-server.service", cores: 8.4, mebibytes: 41_984, threads: 64),
        Program(
            command: "postgres", line: "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main",
            user: "postgres", unit: "postgresql@15-main.service", cores: 0.9, mebibytes: 3200, threads: 1),
        Program(
            command: "redis-server", line: "/usr/bin/redis-server 127.0.0.1:6379", user: "redis",
            unit: "redis.service", cores: 0.4, mebibytes: 610, threads: 5),
        Program(
            command: "nginx", line: "nginx: worker process", user: "www-data", unit: "nginx.service",
            cores: 0.31,
            mebibytes: 62, threads: 1),
        Program(
            command: "nginx", line: "nginx: worker process", user: "www-data", unit: "nginx.service",
            cores: 0.28,
            mebibytes: 61, threads: 1),
        Program(
            command: "python3", line: "python3 -m jobs.worker --queue=mail --token=*", user: "app",
            unit: "container worker-1", cores: 0.22, mebibytes: 190, threads: 8),
        Program(
            command: "systemd-journal", line: "/lib/systemd/systemd-journald", user: "root",
            unit: "systemd-journald.service", cores: 0.05, mebibytes: 88, threads: 1),
        Program(
            command: "martlet-agent", line: "/usr/local/bin/martlet-agent stream --interval 1s",
            user: "martlet",
            unit: "martlet-agent.service", cores: 0.003, mebibytes: 4, threads: 2),
        Program(
            command: "sshd", line: "sshd: marta@pts/0", user: "root", unit: "ssh.service", cores: 0.001,
            mebibytes: 9, threads: 1),
    ]

    /// All processes of the host, or in `bare` those that its user may see.
    package func processes(at time: Timestamp) -> ProcessTable {
        let seconds = Double(time.milliseconds(since: Self.noon)) / 1000
        var rows = [
            row(1, parent: 0, start: 0, kernelOr("/sbin/init"), user: "root", "init.scope", seconds),
            row(2, parent: 0, start: 0, ("kthreadd", ""), user: "root", "", seconds),
        ]
        for place in Self.programs.indices where rows.count < processCount {
            rows.append(row(Self.programs[place], place, seconds))
        }
        while rows.count < processCount {
            let place = rows.count
            rows.append(place % 5 < 3 ? kernelThread(place, seconds) : sleeper(place, seconds))
        }
        return ProcessTable(time: time, isComplete: true, total: Int32(processCount), rows: rows)
    }

    private func kernelOr(_ line: String) -> (String, String) { ("systemd", line) }

    private func row(_ program: Program, _ place: Int, _ seconds: Double) -> ProcessRow {
        let share = program.cores * (0.8 + 0.4 * noise(400 + place, seconds, period: 10))
        let parent: Int32 = place == 4 ? 913 : 1
        return ProcessRow(
            pid: place == 3 ? 913 : Int32(900 + place * 37), parent: parent,
            startTicks: UInt64(3000 + place * 100),
            state: UInt8(ascii: share > 0.3 ? "R" : "S"), user: program.user,
            cpuHundredths: Int32(share * 10_000),
            cpuMilliseconds: UInt64(max(0, (900_000 + seconds) * program.cores * 1000 / 9)),
            residentBytes: UInt64(program.mebibytes * 1_048_576),
            ioBytesPerSecond: kind == .bare ? nil : UInt64(share * 190_000), threads: program.threads,
            command: program.command, commandLine: program.line, unit: program.unit)
    }

    private func row(
        _ pid: Int32, parent: Int32, start: UInt64, _ name: (String, String), user: String, _ unit: String,
        _ seconds: Double
    ) -> ProcessRow {
        ProcessRow(
            pid: pid, parent: parent, startTicks: start, state: UInt8(ascii: "S"), user: user,
            cpuHundredths: 0,
            cpuMilliseconds: UInt64(pid) * 1300,
            residentBytes: name.1.isEmpty ? 0 : UInt64(pid % 97 + 3) * 1_048_576,
            ioBytesPerSecond: kind == .bare ? nil : 0, threads: 1, command: name.0, commandLine: name.1,
            unit: unit)
    }

    private func kernelThread(_ place: Int, _ seconds: Double) -> ProcessRow {
        let names = ["kworker/u64", "ksoftirqd", "migration", "rcu_preempt", "kswapd", "jbd2/nvme0n1"]
        var made = row(
            Int32(place + 2), parent: 2, start: UInt64(place), ("\(names[place % names.count])/\(place)", ""),
            user: "root", "", seconds)
        made.state = UInt8(ascii: "I")
        return made
    }

    private func sleeper(_ place: Int, _ seconds: Double) -> ProcessRow {
        let names = ["bash", "php-fpm", "postgres", "agetty", "node"]
        let lines = [
            "-bash", "php-fpm: pool www", "postgres: app shop 10.1.0.7(52110) idle",
            "agetty -o -p -- \\u tty1",
            "node /srv/mailer/index.js",
        ]
        let users = ["marta", "www-data", "postgres", "root", "app"]
        let kind = place / 5 % names.count
        let parent: Int32 = kind == 2 ? 937 : 1
        var made = row(
            Int32(2000 + place * 3), parent: parent, start: UInt64(9000 + place), (names[kind], lines[kind]),
            user: users[kind], kind == 2 ? "postgresql@15-main.service" : "", seconds)
        if place % 100 == 3 { made.cpuHundredths = Int32(90 * noise(500 + place, seconds, period: 10)) }
        return made
    }
}
