import Hub

/// Says what a machine gives Martlet and what it lacks: questions in, findings out.
struct Doctor {
    let machine: any Machine
    /// The folder that `--config` names.
    var config: String?

    func examine() -> [Finding] {
        terminal() + locale() + kernel() + permissions() + programs() + folders() + hub()
            + configuration()
    }

    // MARK: The screen

    private func terminal() -> [Finding] {
        let area = "terminal"
        var findings: [Finding] = []
        if let size = machine.terminalSize {
            findings.append(
                size.columns >= 80 && size.rows >= 24
                    ? .good(area, "size", "\(size.columns)x\(size.rows)")
                    : .limited(
                        area, "size", "\(size.columns)x\(size.rows): short layouts are used",
                        remedy: "make the window at least 80x24"))
        }
        guard let name = machine.variable("TERM") else {
            return findings + [
                .limited(
                    area, "TERM", "not set: xterm-256color is assumed",
                    remedy: "export TERM=xterm-256color")
            ]
        }
        findings.append(
            hasTerminfo(name)
                ? .good(area, "TERM", name)
                : .limited(
                    area, "TERM", "\(name) is not in this machine's terminfo: xterm-256color is used instead",
                    remedy: "apt-get install ncurses-term, or: infocmp -x \(name) | ssh HOST tic -x -"))
        findings.append(colours(terminal: name))
        return findings
    }

    private func hasTerminfo(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, !name.contains("/") else { return false }
        let folders = [
            machine.variable("TERMINFO"), machine.variable("HOME").map { "\($0)/.terminfo" }, "/etc/terminfo",
            "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo",
        ]
        // ncurses files an entry below its first letter, or below that letter's code in hexadecimal.
        let shelves = [String(first), String(first.value, radix: 16)]
        return folders.compactMap(\.self).contains { folder in
            shelves.contains { machine.exists("\(folder)/\($0)/\(name)") }
        }
    }

    private func colours(terminal name: String) -> Finding {
        if machine.variable("NO_COLOR") != nil {
            return .good("terminal", "colours", "off, as NO_COLOR asks; marks carry the meaning")
        }
        let wide =
            name.contains("256color") || name.contains("direct") || machine.variable("COLORTERM") != nil
        return wide
            ? .good("terminal", "colours", "256")
            : .limited(
                "terminal", "colours", "16 or fewer, as TERM=\(name) says",
                remedy: "if your terminal has more: export TERM=xterm-256color")
    }

    private func locale() -> [Finding] {
        let value =
            machine.variable("LC_ALL") ?? machine.variable("LC_CTYPE") ?? machine.variable("LANG") ?? "C"
        let upper = value.uppercased()
        guard upper.contains("UTF-8") || upper.contains("UTF8") else {
            return [
                .limited(
                    "locale", "characters", "\(value) is not UTF-8: graphs are drawn in ASCII",
                    remedy: "export LC_CTYPE=C.UTF-8")
            ]
        }
        return [.good("locale", "characters", value)]
    }

    // MARK: What the agent can see here

    private func kernel() -> [Finding] {
        let area = "kernel"
        let release = machine.text("/proc/sys/kernel/osrelease")?.trimmingLastNewline ?? ""
        guard !release.isEmpty else {
            return [
                .missing(
                    area, "/proc", "cannot be read: the agent has nothing to sample",
                    remedy: "mount -t proc proc /proc")
            ]
        }
        var findings: [Finding] = [.good(area, "release", release)]
        findings.append(
            machine.isReadable("/proc/pressure/cpu")
                ? .good(area, "pressure", "cpu, memory and io stalls are measured")
                : .limited(
                    area, "pressure", "no /proc/pressure: stalls are shown as n/a",
                    remedy: "Linux 4.20 or later; on some distributions boot with psi=1"))
        findings.append(
            machine.exists("/sys/fs/cgroup/cgroup.controllers")
                ? .good(area, "cgroups", "version 2: units and containers are measured")
                : .limited(
                    area, "cgroups", "version 2 is not mounted: units and containers are shown as n/a",
                    remedy: "boot with systemd.unified_cgroup_hierarchy=1"))
        findings.append(
            machine.exists("/run/systemd/system") && machine.exists("/run/dbus/system_bus_socket")
                ? .good(area, "systemd", "unit states are read over D-Bus")
                : .limited(
                    area, "systemd", "does not run here: unit states are shown as n/a",
                    remedy: "nothing to do on OpenRC and in containers; else: apt-get install dbus"))
        return findings
    }

    private func permissions() -> [Finding] {
        let area = "permissions"
        guard machine.userID != 0 else {
            return [.good(area, "user", "root: every process's I/O and every log can be read")]
        }
        var findings: [Finding] = []
        if let proc = machine.text("/proc/self/mountinfo")?.split(separator: "\n").first(where: {
            $0.contains(" /proc ")
        }),
            hidesProcesses(proc)
        {
            findings.append(
                .limited(
                    area, "processes", "/proc is mounted with hidepid: only your own processes are shown",
                    remedy: "add yourself to the group that /proc's gid= option names, or use sudo"))
        } else {
            findings.append(.good(area, "processes", "all are visible"))
        }
        findings.append(
            .limited(
                area, "process I/O", "of other users' processes is not readable for user \(machine.userID)",
                remedy: "sudo martlet"))
        findings += logGroups()
        return findings
    }

    /// Whether the options of a mounted /proc keep other users' processes from us; proc(5) has the words, older kernels
    /// the numbers.
    private func hidesProcesses(_ mount: Substring) -> Bool {
        let options = mount.split { $0 == " " || $0 == "," }
        return options.contains { option in
            option.hasPrefix("hidepid=") && option != "hidepid=0" && option != "hidepid=off"
        }
    }

    /// The groups that may read logs on Debian, Ubuntu and others, where they exist and we are not in them.
    private func logGroups() -> [Finding] {
        let groups = (machine.text("/etc/group") ?? "").split(separator: "\n").compactMap {
            line -> (String, UInt32)? in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 3, let id = UInt32(fields[2]) else { return nil }
            return (String(fields[0]), id)
        }
        let mine = Set(machine.groupIDs)
        let gives = [("adm", "most of /var/log"), ("systemd-journal", "the journal")]
        return gives.compactMap { name, what in
            guard let group = groups.first(where: { $0.0 == name }) else { return nil }
            return mine.contains(group.1)
                ? .good("permissions", "group \(name)", "member: \(what) can be read")
                : .limited(
                    "permissions", "group \(name)", "not a member: \(what) cannot be read",
                    remedy: "sudo usermod -aG \(name) \"$USER\", then log in again")
        }
    }

    // MARK: What martlet starts and where it keeps things

    private func programs() -> [Finding] {
        var findings: [Finding] = [
            Programs.agent(on: machine).map { .good("programs", "martlet-agent", $0) }
                ?? .missing(
                    "programs", "martlet-agent",
                    "neither beside martlet nor on PATH: this machine cannot be watched",
                    remedy: "make install, or copy martlet-agent beside martlet")
        ]
        findings.append(
            machine.program("ssh").map { .good("programs", "ssh", $0) }
                ?? .limited(
                    "programs", "ssh", "not found: other hosts cannot be reached",
                    remedy: "apt-get install openssh-client"))
        return findings
    }

    private func folders() -> [Finding] {
        let area = "hub"
        var findings: [Finding] = []
        if let runtime = machine.variable("XDG_RUNTIME_DIR") {
            findings.append(
                machine.isWritable(runtime)
                    ? .good(area, "socket folder", "\(runtime)/martlet")
                    : .limited(
                        area, "socket folder",
                        "XDG_RUNTIME_DIR=\(runtime) cannot be written: the state folder is used",
                        remedy: "loginctl enable-linger, or unset XDG_RUNTIME_DIR"))
        }
        if let home = machine.variable("XDG_STATE_HOME")
            ?? machine.variable("HOME").map({ "\($0)/.local/state" })
        {
            findings.append(.good(area, "state folder", "\(home)/martlet"))
        } else {
            findings.append(
                .missing(
                    area, "state folder",
                    "neither HOME nor XDG_STATE_HOME is set: the hub has nowhere to keep its lock",
                    remedy: "export HOME, or XDG_STATE_HOME=/var/lib/martlet"))
        }
        return findings
    }

    /// Whether one runs, where the configuration has work for it: hosts to watch, rules and their hooks.
    private func hub() -> [Finding] {
        let (area, subject) = ("hub", "hub")
        if let socket = machine.hubSocket { return [.good(area, subject, "answers at \(socket)")] }
        let folder = ConfigFolder.candidates(option: config) { machine.variable($0) }
            .first { machine.exists($0.path) }
        let files = ["hosts.yaml", "rules.yaml"].filter { name in
            folder.map { machine.exists("\($0.path)/\(name)") } ?? false
        }
        guard !files.isEmpty else {
            return [.good(area, subject, "none runs; martlet starts one when it is needed")]
        }
        return [
            .limited(
                area, subject,
                "none runs, and there is \(files.joined(separator: " and ")): no rule is looked at, no hook is run",
                remedy: "a service that runs martlet hub, or: setsid martlet hub >>hub.out 2>&1 &")
        ]
    }

    private func configuration() -> [Finding] {
        let (area, subject) = ("configuration", "folder")
        let candidates = ConfigFolder.candidates(option: config) { machine.variable($0) }
        let found = candidates.first { machine.exists($0.path) }
        if let named = candidates.first, found != named {
            switch named.origin {
            case .option:
                return [
                    .missing(area, subject, "\(named.path) is not there", remedy: "mkdir -p \(named.path)")
                ]
            case .variable:
                let instead = found.map { "\($0.path) is used" } ?? "there is no other"
                return [
                    .limited(
                        area, subject, "MARTLET_CONFIG=\(named.path) is not there: \(instead)",
                        remedy: "mkdir -p \(named.path), or: unset MARTLET_CONFIG")
                ]
            case .user, .system: break
            }
        }
        guard let found else {
            return [.good(area, subject, "none: hosts are named on the command line")]
        }
        let files = ["hosts.yaml", "rules.yaml", "rollouts.yaml"]
            .filter { machine.exists("\(found.path)/\($0)") }.joined(separator: ", ")
        return [
            .good(
                area, subject,
                "\(found.path), by \(found.origin.rawValue); it has \(files.isEmpty ? "no file" : files)")
        ]
    }
}

extension String {
    fileprivate var trimmingLastNewline: String {
        hasSuffix("\n") ? String(dropLast()) : self
    }
}
