import Foundation
import TestSupport
import Testing

/// The scripts of Agents/actions on a real nginx that listens at a socket of its own, so that no port is taken.
@Suite(.serialized) struct `The shipped scripts` {
    private struct Web {
        let folder: TemporaryFolder
        let nginx: String

        /// nil, and said, where nginx or curl is not here.
        static func make() throws -> Web? {
            guard let nginx = Program.find("nginx"), Program.find("curl") != nil else {
                print("skipped: nginx or curl is not installed; make test-deps")
                return nil
            }
            let web = Web(folder: try TemporaryFolder(), nginx: nginx)
            try web.write(
                "nginx.conf",
                """
                \(geteuid() == 0 ? "user root;" : "")
                pid \(web.path("pid")); error_log \(web.path("error.log")); worker_processes 1;
                events {}
                http {
                  access_log off;
                  upstream pool { include \(web.path("pool")); }
                  server { listen unix:\(web.path("socket")); root \(web.path("srv/current")); }
                }
                """)
            try web.write("pool", "server 127.0.0.1:81;\nserver 127.0.0.1:82 weight=3;\n")
            try web.write(
                "conf/web.env",
                """
                ROOT=\(web.path("srv"))
                RESTART="\(nginx) -c \(web.path("nginx.conf")) -s stop 2>/dev/null; while [ -e \(web.path("pid")) ]; do sleep 0.05; done; rm -f \(web.path("socket")); \(nginx) -c \(web.path("nginx.conf"))"
                HEALTH_COMMAND="curl -fsS --unix-socket \(web.path("socket")) http://x/index.html -o /dev/null"
                HEALTH_VERSION="curl -fsS --unix-socket \(web.path("socket")) http://x/version"
                HEALTH_TIMEOUT=4
                KEEP=1
                FETCH='printf %s "$VERSION" >"$RELEASE/version"; case $VERSION in bad*) ;; *) echo "hello $VERSION" >"$RELEASE/index.html" ;; esac'
                """)
            return web
        }

        func path(_ name: String) -> String { folder.url.appending(path: name).path }

        func write(_ name: String, _ text: String) throws {
            let url = folder.url.appending(path: name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }

        func run(_ script: String, _ words: String...) throws -> Program.Result {
            try run(script, words: words)
        }

        func run(_ script: String, words: [String]) throws -> Program.Result {
            let file = Repository.root.appending(path: "Agents/actions/\(script)").path
            return try Program.run(
                file, words,
                environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MARTLET_ACTIONS": path("conf")],
                seconds: 60)
        }

        var answer: String {
            (try? Program.run(
                "/usr/bin/env", ["curl", "-s", "--unix-socket", path("socket"), "http://x/version"]))?
                .output ?? ""
        }

        func releases() -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: path("srv/releases"))) ?? []).sorted()
        }

        func stop() { _ = try? Program.run(nginx, ["-c", path("nginx.conf"), "-s", "stop"]) }
    }

    @Test func `deploy a version, turn back from one that does not answer, roll back and keep few`() throws {
        guard let web = try Web.make() else { return }
        defer { web.stop() }
        let first = try web.run("deploy.sh", "web", "1.0")
        #expect(first.status == 0, "\(first.errors)\(first.output)")
        #expect(web.answer == "1.0")
        #expect(try web.run("deploy.sh", "web", "1.1").status == 0)
        #expect(web.answer == "1.1")
        let bad = try web.run("deploy.sh", "web", "bad1")
        #expect(bad.status == 1 && bad.errors.contains("going back to 1.1"), "\(bad.errors)")
        #expect(web.answer == "1.1")
        #expect(try web.run("restart.sh", "web").status == 0)
        #expect(try web.run("health.sh", "web", "1.1").status == 0)
        #expect(try web.run("health.sh", "web", "1.0").status == 1)
        // Who takes back a deploy that has turned back by itself, or did nothing, stays where that began.
        let stays = try web.run("rollback.sh", "web")
        #expect(
            stays.status == 0 && stays.output == "web 1.1 runs already\n", "\(stays.output)\(stays.errors)")
        for words in [["none;"], ["1.2", "--mode=slow"]] {
            #expect(try web.run("deploy.sh", words: ["web"] + words).status == 64)
            #expect(try web.run("rollback.sh", "web").output == "web 1.1 runs already\n")
        }
        #expect(web.answer == "1.1")
        // The one to go back to was good then; it is not the folder that is the newest.
        #expect(try web.run("deploy.sh", "web", "1.2").status == 0)
        let back = try web.run("rollback.sh", "web")
        #expect(back.status == 0 && back.output.contains("from 1.2 to 1.1"), "\(back.errors)")
        #expect(web.answer == "1.1")
        #expect(try web.run("rollback.sh", "web").output == "web 1.1 runs already\n")
        // One that nobody waited for is taken back too.
        #expect(try web.run("deploy.sh", "web", "bad2", "--mode=fast").status == 0)
        let fast = try web.run("rollback.sh", "web")
        #expect(fast.status == 0 && fast.output.contains("from bad2 to 1.1"), "\(fast.output)\(fast.errors)")
        for version in ["1.2", "1.3", "1.4"] { #expect(try web.run("deploy.sh", "web", version).status == 0) }
        #expect(web.releases().count == 3 && web.releases().contains("1.3") && web.releases().contains("1.4"))
    }

    @Test(arguments: [
        ("restart.sh", ["../x"]), ("restart.sh", ["-x"]), ("restart.sh", []), ("deploy.sh", ["web", "../1"]),
        ("deploy.sh", ["web", "1;id"]), ("deploy.sh", ["web", "1", "--mode=x"]), ("drain.sh", ["web"]),
    ])
    func `refuse what they cannot do, and change nothing`(_ script: String, _ words: [String]) throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(
            Repository.root.appending(path: "Agents/actions/\(script)").path, words,
            environment: ["PATH": "/usr/bin:/bin", "MARTLET_ACTIONS": folder.url.path])
        #expect(result.status == 64 && !result.errors.isEmpty)
    }

    @Test(arguments: [
        (["docker"], ["docker container inspect web", "docker restart web"]),
        (["podman"], ["podman container inspect web", "podman restart web"]),
        (["docker", "podman"], ["docker container inspect web", "docker restart web"]),
    ])
    func `restart a container by the program that knows it, and ask whether it answers`(
        _ knowing: [String], _ calls: [String]
    ) throws {
        let folder = try TemporaryFolder()
        let log = folder.url.appending(path: "calls").path
        for program in ["docker", "podman"] {
            // One that does not know the container says so when it is asked.
            let status = knowing.contains(program) ? 0 : 1
            let file = folder.url.appending(path: program)
            try Data("#!/bin/sh\necho \(program) \"$@\" >>\(log)\nexit \(status)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        let result = try Program.run(
            Repository.root.appending(path: "Agents/actions/restart.sh").path,
            ["web", "sh", "-c", "echo asked >>\(log)"],
            environment: ["PATH": "\(folder.url.path):/usr/bin:/bin", "MARTLET_ACTIONS": folder.url.path])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "restarting the container web\nweb answers\n")
        let made = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
        let asked = knowing.contains("docker") ? [] : ["docker container inspect web"]
        #expect(made == asked + calls + ["asked"])
    }

    @Test func `take a host out of nginx's pool and put it back as it was, twice without harm`() throws {
        guard let web = try Web.make() else { return }
        defer { web.stop() }
        let deployed = try web.run("deploy.sh", "web", "1.0")
        #expect(deployed.status == 0, "\(deployed.errors)\(deployed.output)")
        let before = try String(contentsOfFile: web.path("pool"), encoding: .utf8)
        try web.write(
            "conf/pool.env",
            """
            NGINX_UPSTREAM=\(web.path("pool"))
            NGINX_SERVER=127.0.0.1:82
            NGINX_RELOAD="\(web.nginx) -c \(web.path("nginx.conf")) -s reload"
            """)
        for _ in 0..<2 {
            let drained = try web.run("drain.sh", "pool")
            #expect(drained.status == 0, "\(drained.errors)")
            #expect(
                try String(contentsOfFile: web.path("pool"), encoding: .utf8)
                    == "server 127.0.0.1:81;\nserver 127.0.0.1:82 weight=3 down;\n")
        }
        for _ in 0..<2 { #expect(try web.run("undrain.sh", "pool").status == 0) }
        #expect(try String(contentsOfFile: web.path("pool"), encoding: .utf8) == before)
        // The last server cannot be marked by a line that is not there.
        try web.write("conf/none.env", "NGINX_UPSTREAM=\(web.path("pool"))\nNGINX_SERVER=127.0.0.1:99\n")
        #expect(try web.run("drain.sh", "none").status == 64)
    }

    @Test func `drain a server of HAProxy`() throws {
        guard let haproxy = Program.find("haproxy"), (Program.find("socat") ?? Program.find("nc")) != nil
        else {
            print("skipped: haproxy, or socat or nc, is not installed; make test-deps")
            return
        }
        let folder = try TemporaryFolder()
        let path = { (name: String) in folder.url.appending(path: name).path }
        try Data(
            """
            global
              stats socket \(path("admin")) level admin
            defaults
              mode http
              timeout connect 1s
              timeout client 1s
              timeout server 1s
            frontend f
              bind unix@\(path("front"))
              default_backend web
            backend web
              server web1 127.0.0.1:81

            """.utf8
        ).write(to: URL(filePath: path("haproxy.cfg")))
        try Data("HAPROXY_SOCKET=\(path("admin"))\nHAPROXY_SERVER=web/web1\n".utf8)
            .write(to: URL(filePath: path("web.env")))
        let started = try Program.run(
            haproxy, ["-D", "-f", path("haproxy.cfg"), "-p", path("pid")], seconds: 20)
        #expect(started.status == 0, "\(started.errors)")
        defer {
            let pid = (try? String(contentsOfFile: path("pid"), encoding: .utf8)) ?? ""
            for word in pid.split(separator: "\n") { kill(pid_t(word) ?? 0, SIGKILL) }
        }
        let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MARTLET_ACTIONS": folder.url.path]
        func run(_ script: String) throws -> Program.Result {
            try Program.run(
                Repository.root.appending(path: "Agents/actions/\(script)").path, ["web"],
                environment: environment)
        }
        for script in ["drain.sh", "drain.sh", "undrain.sh"] {
            let result = try run(script)
            #expect(result.status == 0, "\(script): \(result.errors)")
        }
        try Data("HAPROXY_SOCKET=\(path("admin"))\nHAPROXY_SERVER=web/other\n".utf8)
            .write(to: URL(filePath: path("web.env")))
        let wrong = try run("drain.sh")
        #expect(wrong.status == 1 && wrong.errors.contains("HAProxy:"))
    }
}
