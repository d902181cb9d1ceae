import Testing

@testable import martlet

/// A machine typed by a test: files by path, variables by name.
private struct TypedMachine: Machine {
    var variables: [String: String] = [
        "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": "/home/ops", "XDG_RUNTIME_DIR": "/run/user/1000",
    ]
    var files: [String: String] = [
        "/usr/share/terminfo/x/xterm-256color": "", "/proc/sys/kernel/osrelease": "6.1.0\n",
        "/proc/pressure/cpu": "",
        "/sys/fs/cgroup/cgroup.controllers": "", "/run/systemd/system": "", "/run/dbus/system_bus_socket": "",
        "/usr/bin/martlet-agent": "", "/run/user/1000": "",
        "/etc/group": "adm:x:4:\nsystemd-journal:x:101:\n",
        "/proc/self/mountinfo": "22 27 0:21 / /proc rw,relatime - proc proc rw\n",
    ]
    var programs: Set<String> = ["ssh"]
    var userID: UInt32 = 1000
    var groupIDs: [UInt32] = [1000, 4, 101]
    var terminalSize: (columns: Int, rows: Int)? = (120, 36)
    var executableFolder = "/usr/bin"
    var hubSocket: String?

    func variable(_ name: String) -> String? { variables[name] }
    func text(_ path: String) -> String? { files[path] }
    func exists(_ path: String) -> Bool { files[path] != nil }
    func isReadable(_ path: String) -> Bool { files[path] != nil }
    func isWritable(_ path: String) -> Bool { files[path] != nil }
    func program(_ name: String) -> String? { programs.contains(name) ? "/usr/bin/\(name)" : nil }
}

@Suite struct `The doctor` {
    private func verdict(of subject: String, on machine: TypedMachine) -> Finding.Verdict? {
        Doctor(machine: machine).examine().first { $0.subject == subject }?.verdict
    }

    @Test func `finds nothing missing on a complete machine`() {
        let findings = Doctor(machine: TypedMachine()).examine()
        #expect(!findings.contains { $0.verdict == .missing })
    }

    @Test func `gives a remedy with everything that is not good`() {
        var machine = TypedMachine()
        machine.variables = ["TERM": "strange"]
        machine.files = [:]
        machine.programs = []
        machine.terminalSize = (40, 8)
        let findings = Doctor(machine: machine).examine()
        #expect(findings.contains { $0.verdict == .missing })
        for finding in findings where finding.verdict != .good {
            #expect(finding.remedy?.isEmpty == false, "\(finding.subject)")
        }
    }

    @Test func `misses the agent where it is neither beside martlet nor on PATH`() {
        var machine = TypedMachine()
        machine.files["/usr/bin/martlet-agent"] = nil
        #expect(verdict(of: "martlet-agent", on: machine) == .missing)
        machine.programs.insert("martlet-agent")
        #expect(verdict(of: "martlet-agent", on: machine) == .good)
    }

    @Test func `names the group that may read the logs`() throws {
        var machine = TypedMachine()
        machine.groupIDs = [1000]
        let finding = try #require(Doctor(machine: machine).examine().first { $0.subject == "group adm" })
        #expect(finding.verdict == .limited)
        #expect(finding.remedy?.contains("usermod -aG adm") == true)
    }

    @Test(
        arguments: [
            (files: [], socket: nil, verdict: Finding.Verdict.good),
            (["/etc/martlet", "/etc/martlet/rollouts.yaml"], nil, .good),
            (["/etc/martlet", "/etc/martlet/hosts.yaml"], nil, .limited),
            (["/etc/martlet", "/etc/martlet/rules.yaml"], nil, .limited),
            (["/etc/martlet", "/etc/martlet/rules.yaml"], "/run/user/1000/martlet/hub.sock", .good),
        ] as [(files: [String], socket: String?, verdict: Finding.Verdict)])
    func `says that no hub runs where there is work for one`(
        _ row: (files: [String], socket: String?, verdict: Finding.Verdict)
    ) throws {
        var machine = TypedMachine()
        for file in row.files { machine.files[file] = "" }
        machine.hubSocket = row.socket
        let finding = try #require(Doctor(machine: machine).examine().first { $0.subject == "hub" })
        #expect(finding.verdict == row.verdict)
        #expect(finding.verdict == .good || finding.remedy?.contains("martlet hub") == true)
        if let socket = row.socket { #expect(finding.detail.contains(socket)) }
    }

    @Test func `says nothing of groups that the machine does not have`() {
        var machine = TypedMachine()
        machine.files["/etc/group"] = "root:x:0:\n"
        #expect(verdict(of: "group adm", on: machine) == nil)
    }

    @Test(arguments: [
        (variables: ["LANG": "C.UTF-8"], verdict: Finding.Verdict.good),
        (variables: ["LANG": "de_DE.utf8"], verdict: .good),
        (variables: ["LANG": "C.UTF-8", "LC_ALL": "C"], verdict: .limited),
        (variables: [:], verdict: .limited),
    ])
    func `reads the locale as the C library does`(
        _ row: (variables: [String: String], verdict: Finding.Verdict)
    ) {
        var machine = TypedMachine()
        machine.variables = row.variables
        #expect(verdict(of: "characters", on: machine) == row.verdict)
    }

    @Test func `finds a terminal that no terminfo describes`() {
        var machine = TypedMachine()
        machine.variables["TERM"] = "../../etc/passwd"
        #expect(verdict(of: "TERM", on: machine) == .limited)
    }

    @Test(
        arguments: [
            (option: nil, variables: [:], there: [], verdict: Finding.Verdict.good, says: "none"),
            (nil, [:], ["/etc/martlet"], .good, "/etc/martlet"),
            (nil, [:], ["/etc/martlet", "/home/ops/.config/martlet"], .good, "/home/ops/.config/martlet"),
            (
                nil, ["XDG_CONFIG_HOME": "/x"], ["/etc/martlet", "/x/martlet", "/home/ops/.config/martlet"],
                .good,
                "/x/martlet"
            ),
            (
                nil, ["MARTLET_CONFIG": "/m", "XDG_CONFIG_HOME": "/x"], ["/m", "/x/martlet"], .good,
                "/m, by MARTLET"
            ),
            (nil, ["MARTLET_CONFIG": "/m"], ["/m"], .good, "it has no file"),
            (
                nil, ["MARTLET_CONFIG": "/m"], ["/m", "/m/hosts.yaml", "/m/rollouts.yaml"], .good,
                "it has hosts.yaml, rollouts.yaml"
            ),
            (nil, ["MARTLET_CONFIG": "/m"], ["/etc/martlet"], .limited, "/etc/martlet is used"),
            ("/c", ["MARTLET_CONFIG": "/m"], ["/c", "/m"], .good, "/c, by --config"),
            ("/c", ["MARTLET_CONFIG": "/m"], ["/m"], .missing, "/c is not there"),
        ]
            as [(
                option: String?, variables: [String: String], there: [String], verdict: Finding.Verdict,
                says: String
            )])
    func `names the configuration folder in use, the first that is there`(
        _ row: (
            option: String?, variables: [String: String], there: [String], verdict: Finding.Verdict,
            says: String
        )
    ) throws {
        var machine = TypedMachine()
        machine.variables.merge(row.variables) { _, new in new }
        for path in row.there { machine.files[path] = "" }
        let finding = try #require(
            Doctor(machine: machine, config: row.option).examine().first { $0.area == "configuration" })
        #expect(finding.verdict == row.verdict)
        #expect(finding.detail.contains(row.says), "\(finding.detail)")
    }

    @Test(arguments: [
        ("hidepid=0", Finding.Verdict.good), ("hidepid=off", .good), ("hidepid=1", .limited),
        ("hidepid=2", .limited), ("hidepid=noaccess", .limited), ("hidepid=invisible", .limited),
        ("hidepid=ptraceable", .limited),
    ])
    func `sees that /proc hides others' processes`(_ row: (option: String, verdict: Finding.Verdict)) {
        var machine = TypedMachine()
        machine.files["/proc/self/mountinfo"] =
            "22 27 0:21 / /proc rw,relatime - proc proc rw,gid=27,\(row.option)\n"
        #expect(verdict(of: "processes", on: machine) == row.verdict)
    }

    @Test func `is printed for programs as well`() throws {
        let report = DoctorReport(findings: [
            .good("a", "one", "fine"), .limited("a", "two", "a \"b\", c", remedy: "more"),
        ])
        #expect(
            try report.text(as: .csv) == """
                area,subject,verdict,detail,remedy
                a,one,good,fine,
                a,two,limited,"a ""b"", c",more

                """)
        let lines = try report.text(as: .jsonl).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0] == #"{"area":"a","detail":"fine","subject":"one","verdict":"good"}"#)
    }

    @Test func `ends its report with the counts`() {
        let findings = [
            Finding.good("a", "one", "fine"), .limited("a", "two", "less", remedy: "more"),
            .missing("b", "three", "gone", remedy: "fetch"),
        ]
        #expect(
            DoctorReport(findings: findings).text == """
                a
                  + one    fine
                  ! two    less
                           mend: more

                b
                  X three  gone
                           mend: fetch

                1 missing, 1 limited

                """)
    }
}
