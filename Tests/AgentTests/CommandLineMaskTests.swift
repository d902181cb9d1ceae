import Agent
import TestSupport
import Testing

@Suite struct `A masked command line` {
    private static func masked(_ arguments: [String]) -> String {
        CommandLineMask.text(Array((arguments.joined(separator: "\0") + "\0").utf8), isMasked: true)
    }

    @Test(arguments: [
        (["mysql", "--password=x", "-h", "db"], "mysql --password=*** -h db"),
        (["mysql", "--password", "x", "-h", "db"], "mysql --password *** -h db"),
        (["mysql", "--PassWord", "x", "db"], "mysql --PassWord *** db"),
        (["mysql", "-uroot", "-phunter2", "shop"], "mysql -uroot -p*** shop"),
        (["mysql", "-u", "root", "-p", "secret", "shop"], "mysql -u root -p *** shop"),
        (["app", "--password=two words, & more"], "app --password=***"),
        (["app", "--password", "--token", "abc", "run"], "app --password *** *** run"),
        (["app", "--password", "", "run"], "app --password *** run"),
        (["app", "--secret-key-base", "abc"], "app --secret-key-base ***"),
        (["app", "--keyring-dir", "/x"], "app --keyring-dir ***"),
        (["app", "--api_key:abc"], "app --api_key:***"),
        (
            ["java", "-Dspring.datasource.password=x", "-jar", "a.jar"],
            "java -Dspring.datasource.password=*** -jar a.jar"
        ),
        (["env", "PGPASSWORD=x", "psql", "-h", "db"], "env PGPASSWORD=*** psql -h db"),
        (["env", "AWS_SECRET_ACCESS_KEY=x/y+z", "aws"], "env AWS_SECRET_ACCESS_KEY=*** aws"),
        (["vault", "token", "abc"], "vault token ***"),
        (["redis-cli", "config", "set", "requirepass", "abc"], "redis-cli config set requirepass ***"),
        (["mysqladmin", "-u", "root", "password", "new"], "mysqladmin -u root password ***"),
        (["app", "password"], "app password"), (["app", "--password"], "app --password"),
    ])
    func `hides what follows a telling name`(_ row: (arguments: [String], text: String)) {
        #expect(Self.masked(row.arguments) == row.text)
    }

    @Test(arguments: [
        (["curl", "https://user:pass@host/path"], "curl https://user:***@host/path"),
        (["curl", "https://ghx@host/path"], "curl https://***@host/path"),
        (["app", "postgres://u:p@ss@host/db"], "app postgres://u:***@host/db"),
        (["app", "mongodb://u:p@h1,h2/?a=b"], "app mongodb://u:***@h1,h2/?a=b"),
        (["app", "u:p@tcp(db:3306)/shop"], "app u:***@tcp(db:3306)/shop"),
        (["curl", "https://host:8443/path"], "curl https://host:8443/path"),
        (["curl", "https://host/?token=abc&x=1"], "curl https://host/?token=***"),
        (["curl", "-u", "user:pass", "https://host/"], "curl -u user:*** https://host/"),
        (["curl", "-uuser:pass", "https://host/"], "curl -uuser:*** https://host/"),
        (["curl", "--user", "user:pass"], "curl --user user:***"),
        (["curl", "--user=user:pass"], "curl --user=user:***"),
        (["smbclient", "-U", "user%pass"], "smbclient -U user%***"),
        (["psql", "-U", "user", "db"], "psql -U user db"),
        (["http", "Authorization: Bearer abc.def"], "http Authorization:***"),
        (["http", "AUTHORIZATION:Basic dTpw"], "http AUTHORIZATION:***"),
        (["http", "X-Api-Key: abc"], "http X-Api-Key:***"),
        (["curl", "-H", "X-Anything: abc"], "curl -H ***"),
        (["scp", "a.txt", "me@host:/tmp"], "scp a.txt me@host:/tmp"),
    ])
    func `hides credentials in addresses and headers`(_ row: (arguments: [String], text: String)) {
        #expect(Self.masked(row.arguments) == row.text)
    }

    @Test(arguments: [
        (["sh", "-c", "mysql --password=x -h db"], "sh -c mysql --password=***"),
        (["sh", "-c", "mysql -u root -psecret shop"], "sh -c mysql -u root -p***"),
        (["sh", "-c", "mysql -p secret"], "sh -c mysql -p ***"),
        (["sh", "-c", "curl -u bob:pw https://host/"], "sh -c curl -u bob:***"),
        (["sh", "-c", "redis-cli -a pw ping"], "sh -c redis-cli -a ***"),
        (["sh", "-c", "PGPASSWORD='x' psql"], "sh -c PGPASSWORD=***"),
        (["sh", "-c", "echo \"token\" : 'x'"], "sh -c echo \"token\" :***"),
        (["app", "{\"db\": {\"password\": \"x\"}}"], "app {\"db\": {\"password\":***"),
        (["app", "<secret>x</secret>"], "app <secret>***"),
        (["app", "host=db password=x y user=z"], "app host=db password=***"),
        (["app", "CREATE USER a IDENTIFIED BY 'x'"], "app CREATE USER a IDENTIFIED ***"),
        (["worker: token abc"], "worker: token ***"),
        (["sudo", "redis-cli", "-a", "x", "ping"], "sudo redis-cli -a *** ping"),
        (["ldapsearch", "-D", "cn=x", "-w", "pw"], "ldapsearch -D cn=x -w ***"),
        (
            ["openssl", "rsa", "-passin", "pass:x", "-in", "a.key", "-out", "b"],
            "openssl rsa -p*** *** -in a.key -out b"
        ),
        (["xfreerdp", "/u:me", "/p:pw", "/v:host"], "xfreerdp /u:me /p:*** /v:host"),
        (["htpasswd", "-b", "file", "me", "pw"], "htpasswd -b *** *** ***"),
        (["git", "clone", "ghp_0123456789abcdefghij"], "git clone ***"),
        (["x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"], "x ***"),
    ])
    func `hides secrets of commands within arguments, and of programs that it knows`(
        _ row: (arguments: [String], text: String)
    ) {
        #expect(Self.masked(row.arguments) == row.text)
    }

    @Test(arguments: [
        "/usr/sbin/nginx -g daemon off;", "nginx: worker process", "postgres: walwriter ",
        "/usr/lib/systemd/systemd --switched-root --system --deserialize 31", "python3 -m http.server 8000",
        "/usr/bin/gnome-keyring-daemon --start", "sshd: me@pts/0", "dockerd -H fd://", "-bash",
        "java -Xmx2g -jar /srv/app.jar", "tail -f /var/log/syslog",
    ])
    func `shows ordinary arguments as they are`(_ text: String) {
        #expect(Self.masked([text]) == text.trimmingPadding || Self.masked([text]) == text)
        let words = text.split(separator: " ").map(String.init)
        #expect(Self.masked(words) == words.joined(separator: " "))
    }

    @Test func `is not fooled by a limit that cuts between a secret and what tells it`() {
        let address = "app\0https://user:verysecret" + String(repeating: "x", count: 5000) + "@host\0"
        for limit in [CommandLineMask.bytesMax, CommandLineMask.bytesMax + 1, 5020] {
            let text = CommandLineMask.text(Array(address.utf8.prefix(limit)), isMasked: true)
            #expect(!text.contains("verysecret"))
        }
    }

    @Test func `is cut to its limit between two letters`() {
        let text = CommandLineMask.text(Array(String(repeating: "ä", count: 900).utf8), isMasked: true)
        #expect(text.utf8.count <= CommandLineMask.textBytesMax)
        #expect(text.allSatisfy { $0 == "ä" })
    }

    @Test func `leaves everything as it is when told to`() {
        let bytes = Array("mysql\0--password=x\0-h\n\u{1B}\0\0\0".utf8)
        #expect(CommandLineMask.text(bytes, isMasked: false) == "mysql --password=x -h  ")
    }

    @Test func `never shows a secret that stands behind a telling name, whatever surrounds it`() {
        let seed: UInt64 = 20_261_130
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let names = ["--password", "TOKEN", "--Secret", "api-key", "PGPASSWORD", "-p"]
        let signs = ["=", "\0", ":", "\0", "=\"", "= "]
        for _ in 0..<5000 {
            func noise() -> [UInt8] {
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            }
            let name = names.randomElement(using: &random) ?? ""
            let sign = name == "-p" ? "\0" : signs.randomElement(using: &random) ?? "="
            var bytes = Array("app\0".utf8) + noise() + [0]
            bytes += Array("\(name)\(sign)".utf8) + Array("hunter2hunter".utf8) + noise() + [0] + noise()
            let text = CommandLineMask.text(bytes, isMasked: true)
            #expect(!text.contains("hunter2"), "\(bytes)")
        }
    }

    @Test func `takes any bytes`() {
        let seed: UInt64 = 7
        var random = SeededRandom(seed: seed)
        let letters = Array("-pu:@%=/ \0\"'akeyPASS://".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? letters[Int.random(in: letters.indices, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
            }
            #expect(
                CommandLineMask.text(bytes, isMasked: true).utf8.count <= 3 * CommandLineMask.textBytesMax)
        }
    }
}

extension String {
    fileprivate var trimmingPadding: String {
        String(self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)])
    }
}
