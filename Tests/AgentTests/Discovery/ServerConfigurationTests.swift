import Agent
import Foundation
import RequestLogs
import TestSupport
import Testing

/// Files below a root of the test's own.
private struct Root {
    let folder: TemporaryFolder

    init(_ files: [String: String]) throws {
        folder = try TemporaryFolder()
        for (path, text) in files {
            let url = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
    }

    var files: ServerFiles { ServerFiles(root: folder.url.path) }
}

@Suite struct `The configuration of nginx` {
    @Test func `tells each log and the line it is written as, through includes`() throws {
        let root = try Root([
            "/etc/nginx/nginx.conf": """
            # access_log /var/log/comment.log;
            error_log /var/log/nginx/error.log warn;
            http {
                log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status '
                                 '$body_bytes_sent "$http_referer" "$http_user_agent" $request_time';
                log_format esc escape=json '{"status":"$status","uri":"${uri}"}';
                include conf.d/*.conf;
                access_log /var/log/nginx/access.log;
                access_log off;
                access_log syslog:server=192.0.2.1 timed;
                access_log /var/log/nginx/$host.log timed;
            }
            """,
            "/etc/nginx/conf.d/a.conf":
                "server { location / { return 200 '{};'; }\naccess_log /srv/a.log timed buffer=32k; }",
            "/etc/nginx/conf.d/b.conf":
                "server {\n access_log \"/srv/b b.log\" esc; include conf.d/*.conf; }",
            "/etc/nginx/conf.d/c.txt": "access_log /srv/c.log;",
        ])
        let found = NginxConfiguration(root.files, words: ["nginx:", "master", "process", "/usr/sbin/nginx"])
        let timed =
            #"nginx:$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time"#
        #expect(
            found.logs == [
                ServerLog(
                    kind: .error, path: "/var/log/nginx/error.log", format: "auto",
                    origin: "/etc/nginx/nginx.conf:2"),
                ServerLog(
                    kind: .access, path: "/srv/a.log", format: timed, origin: "/etc/nginx/conf.d/a.conf:2"),
                ServerLog(
                    kind: .access, path: "/srv/b b.log",
                    format: #"nginx:{"status":"$status","uri":"${uri}"}"#,
                    origin: "/etc/nginx/conf.d/b.conf:2"),
                ServerLog(
                    kind: .access, path: "/srv/a.log", format: timed, origin: "/etc/nginx/conf.d/a.conf:2"),
                ServerLog(
                    kind: .access, path: "/var/log/nginx/access.log", format: "nginx:combined",
                    origin: "/etc/nginx/nginx.conf:8"),
            ])
        // What includes itself is left out and counted.
        #expect(found.dropped > 0)
    }

    @Test func `is found by the words of the master`() throws {
        let root = try Root([
            "/srv/web/my.conf": "http { access_log logs/a.log; }",
            "/srv/web/conf/nginx.conf": "access_log b.log;",
            "/srv/web/logs/a.log": "",
        ])
        let named = NginxConfiguration(root.files, words: ["nginx", "-p", "/srv/web/", "-c", "my.conf"])
        #expect(named.logs.map(\.path) == ["/srv/web/logs/a.log"])
        let usual = NginxConfiguration(root.files, words: ["nginx", "-p", "/srv/web"])
        #expect(usual.logs.map(\.path) == ["/srv/web/b.log"])
    }

    @Test(arguments: [
        "", "{{{{", "}}}}", "access_log", "access_log ;", "log_format a ' unclosed", "access_log \u{0}x y;",
        "include /etc/nginx/nginx.conf; include *;", "log_format x \"a\nb\"; access_log /l x;", "\\",
    ])
    func `may be anything`(_ text: String) throws {
        let root = try Root(["/etc/nginx/nginx.conf": text])
        let found = NginxConfiguration(root.files, words: [])
        #expect(found.logs.count <= 1)
    }
}

@Suite struct `The configuration of Apache` {
    @Test func `tells each log, with the variables of its environment`() throws {
        let root = try Root([
            "/etc/apache2/envvars": """
            # export NO=1
            if [ "${APACHE_CONFDIR##/etc/apache2-}" != "${APACHE_CONFDIR}" ] ; then SUFFIX="-x"; else SUFFIX= ; fi
            export APACHE_LOG_DIR=/var/log/apache2$SUFFIX
            """,
            "/etc/apache2/apache2.conf": #"""
            ErrorLog ${APACHE_LOG_DIR}/error.log
            Define site shop
            LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \
            \"%{User-Agent}i\" %D" timed
            LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
            IncludeOptional sites-enabled/*.conf
            <VirtualHost *:80>
              CustomLog "|/usr/bin/rotatelogs /x 86400" combined
              CustomLog logs/relative.log common env=!dontlog
            </VirtualHost>
            """#,
            "/etc/apache2/sites-enabled/1.conf": "CustomLog ${APACHE_LOG_DIR}/${site}.log timed\r\n",
        ])
        let found = ApacheConfiguration(root.files, words: ["/usr/sbin/apache2", "-k", "start"])
        #expect(
            found.logs == [
                ServerLog(
                    kind: .error, path: "/var/log/apache2/error.log", format: "auto",
                    origin: "/etc/apache2/apache2.conf:1"),
                ServerLog(
                    kind: .access, path: "/var/log/apache2/shop.log",
                    format: #"apache:%h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i" %D"#,
                    origin: "/etc/apache2/sites-enabled/1.conf:1"),
                ServerLog(
                    kind: .access, path: "/etc/apache2/logs/relative.log", format: "apache:common",
                    origin: "/etc/apache2/apache2.conf:9"),
            ])
        for log in found.logs where log.kind == .access { _ = try LogFormats.choice(log.format) }
    }

    @Test(arguments: [
        "", "\\", "CustomLog", "CustomLog \"", "LogFormat \"\\", "Include /etc/apache2/apache2.conf",
        "CustomLog ${x ${y} z",
        "Define a ${a}${a}\nDefine a ${a}${a}\nCustomLog /${a} common", "Include *",
    ])
    func `may be anything`(_ text: String) throws {
        let root = try Root(["/etc/apache2/apache2.conf": text])
        #expect(ApacheConfiguration(root.files, words: []).logs.count <= 1)
    }
}

@Suite struct `The configuration of HAProxy` {
    @Test func `tells the format that all frontends agree on`() throws {
        let root = try Root([
            "/etc/haproxy/haproxy.cfg": #"""
            global
                log /dev/log local0
            defaults
                mode http
                option httplog   # of all behind
            frontend a
                bind :80
            listen b
                log-format "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B"
            """#
        ])
        #expect(HAProxyConfiguration(root.files, words: []).format == nil)
        let one = try Root([
            "/x.cfg":
                "defaults\n log-format %ci:%cp\\ [%tr]\\ %ft\\ %ST\\ %{+Q}r\nfrontend a\nbackend b\n option tcplog\n"
        ])
        let found = HAProxyConfiguration(one.files, words: ["haproxy", "-Ws", "-f", "/x.cfg"])
        #expect(found.format == "haproxy:%ci:%cp [%tr] %ft %ST %{+Q}r")
        #expect(found.origin == "/x.cfg:2")
    }
}
