import CLinux
import Glibc
import Telemetry

/// What a probe's disposable child does: one look, which may wait, and its answer.
enum ProbeWork {
    /// One look by `probe`; never longer than its timeout and a little.
    static func look(_ probe: AgentConfiguration.Probe) -> ProbeAnswer {
        let began = AgentLoop.monotonicNanoseconds()
        let deadline = began &+ probe.timeoutMilliseconds * 1_000_000
        var answer: ProbeAnswer
        do throws(ProbeFailure) {
            answer =
                switch probe.kind {
                case .http: try http(probe, before: deadline)
                case .tcp: try tcp(probe, before: deadline)
                case .tls: try tls(probe, before: deadline)
                case .run: try run(probe, before: deadline)
                }
        } catch {
            answer = .bad(error.reason)
        }
        answer.nanoseconds = AgentLoop.monotonicNanoseconds() &- began
        return answer
    }

    // MARK: Kinds

    private static func http(
        _ probe: AgentConfiguration.Probe, before deadline: UInt64
    ) throws(ProbeFailure) -> ProbeAnswer {
        guard let url = ProbeURL(probe.target) else { throw ProbeFailure("\(probe.target) is no URL") }
        let request = request(probe, url)
        let bytes: [UInt8]
        if url.isSecure {
            let client = ["openssl", "s_client", "-quiet", "-ign_eof", "-verify_return_error"]
            bytes = try openSSL(client, url.host, url.port, input: request, before: deadline).output
        } else {
            let socket = try ProbeSocket.connect(url.host, url.port, before: deadline)
            try socket.send(request)
            bytes = try socket.read(atMost: HTTPAnswer.bytesMax, until: HTTPAnswer.isWhole)
        }
        guard let found = HTTPAnswer(bytes) else {
            throw ProbeFailure(
                bytes.isEmpty ? "the server closed without an answer" : "the answer is no HTTP")
        }
        return judge(found, probe)
    }

    private static func tcp(
        _ probe: AgentConfiguration.Probe, before deadline: UInt64
    ) throws(ProbeFailure) -> ProbeAnswer {
        let (host, port) = try target(probe)
        _ = try ProbeSocket.connect(host, port, before: deadline)
        var answer = ProbeAnswer()
        answer.isGood = true
        return answer
    }

    private static func tls(
        _ probe: AgentConfiguration.Probe, before deadline: UInt64
    ) throws(ProbeFailure) -> ProbeAnswer {
        let (host, port) = try target(probe)
        let found = try openSSL(
            ["openssl", "s_client", "-showcerts"], host, port, input: [], before: deadline)
        guard let end = CertificateEnd.first(inPEM: found.output) else {
            throw ProbeFailure("\(host):\(port) shows no certificate")
        }
        var answer = ProbeAnswer()
        answer.notAfter = end
        answer.isGood = end > Int64(time(nil))
        if !answer.isGood { answer.reason = "the certificate has ended" }
        return answer
    }

    /// Exit statuses as Nagios plugins have them: 0 good, 1 a warning, which is good too; 2 and above bad.
    private static func run(
        _ probe: AgentConfiguration.Probe, before deadline: UInt64
    ) throws(ProbeFailure) -> ProbeAnswer {
        guard let argv = try? ActionArgv(probe.target, parameters: []) else {
            throw ProbeFailure("\(probe.target) is no command")
        }
        let found = ProbeProgram.run(argv.filled([]), input: [], before: deadline)
        if found.isMissing { throw ProbeFailure("\(argv.filled([])[0]) cannot be started") }
        if found.isLate { throw .late }
        guard let status = found.status else { throw ProbeFailure("it was killed, or cannot be run") }
        let line = found.output.prefix { $0 != 0x0A && $0 != UInt8(ascii: "|") }
        var answer = ProbeAnswer()
        answer.isGood = status <= 1
        answer.output = found.output
        if let version = probe.version, version == "line" {
            answer.version = firstLine(found.output)
        }
        if status != 0 {
            let said = String(decoding: line, as: UTF8.self)
            answer.reason = said.isEmpty ? "exit status \(status)" : "exit status \(status): \(said)"
        }
        return answer
    }

    // MARK: Parts

    /// A static program brings no TLS: openssl(1) speaks it.
    private static func openSSL(
        _ words: [String], _ host: String, _ port: UInt16, input: [UInt8], before deadline: UInt64
    ) throws(ProbeFailure) -> ProbeProgram.Result {
        var words = words + ["-connect", "\(host):\(port)"]
        if !host.hasPrefix("[") { words += ["-servername", host] }
        let found = ProbeProgram.run(words, input: input, before: deadline)
        if found.isMissing {
            throw ProbeFailure("openssl is missing, which speaks TLS for the agent; install it")
        }
        if found.isLate, found.output.isEmpty { throw .late }
        if found.output.isEmpty {
            throw ProbeFailure("\(host):\(port): no TLS connection, or its certificate is not trusted")
        }
        return found
    }

    private static func target(_ probe: AgentConfiguration.Probe) throws(ProbeFailure) -> (
        host: String, port: UInt16
    ) {
        guard let found = ProbeURL.split(probe.target[...], nil) else {
            throw ProbeFailure("\(probe.target) is not HOST:PORT")
        }
        return found
    }

    static func request(_ probe: AgentConfiguration.Probe, _ url: ProbeURL) -> [UInt8] {
        let isUsual = url.port == (url.isSecure ? 443 : 80)
        var lines = ["GET \(url.path) HTTP/1.1"]
        if !probe.headers.contains(where: { $0.lowercased().hasPrefix("host:") }) {
            lines.append("Host: \(url.host)\(isUsual ? "" : ":\(url.port)")")
        }
        lines += ["User-Agent: martlet-agent/\(martletVersion)", "Accept: */*", "Connection: close"]
        lines += probe.headers
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    static func judge(_ found: HTTPAnswer, _ probe: AgentConfiguration.Probe) -> ProbeAnswer {
        var answer = ProbeAnswer()
        let words = probe.version?.split(separator: " ").map(String.init) ?? []
        switch words.first {
        case "line": answer.version = firstLine(found.body)
        case "json": answer.version = words.last.flatMap { JSONValue.find($0, in: found.body) } ?? ""
        case "header": answer.version = words.last.flatMap { found.header($0) } ?? ""
        default: break
        }
        guard expects(probe.expect, found.status) else {
            answer.reason = "status \(found.status), expected \(probe.expect)"
            return answer
        }
        if let text = probe.contains, !holds(found.body, Array(text.utf8)) {
            answer.reason = "status \(found.status), and the answer does not contain \(text)"
            return answer
        }
        answer.isGood = true
        return answer
    }

    /// `200`, `2xx`, `200-204`, a list of them with commas.
    static func expects(_ list: String, _ status: Int) -> Bool {
        list.split(separator: ",").contains { part in
            let word = part.drop { $0 == " " }.prefix { $0 != " " }
            if word.hasSuffix("xx") { return word.first?.wholeNumberValue == status / 100 }
            let ends = word.split(separator: "-").compactMap { Int($0) }
            return ends.count == 2 ? (ends[0] <= status && status <= ends[1]) : ends == [status]
        }
    }

    private static func firstLine(_ bytes: [UInt8]) -> String {
        let line = bytes.prefix { $0 != 0x0A }
        return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
    }

    private static func holds(_ bytes: [UInt8], _ text: [UInt8]) -> Bool {
        guard let first = text.first else { return true }
        guard bytes.count >= text.count else { return false }
        return (0...bytes.count - text.count).contains { place in
            bytes[place] == first && bytes[place..<place + text.count].elementsEqual(text)
        }
    }
}
