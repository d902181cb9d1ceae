import Foundation
import Telemetry
import Testing
import Wire

@testable import Agent

@Suite struct `What a probe reads` {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok"),
        ("HTTP/1.0 503 Busy\nServer: x\n\nbusy\n", 503, "busy\n"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", 200,
            "abcde"
        ),
        ("HTTP/1.1 204 \r\n\r\n", 204, ""),
    ])
    func `is an HTTP answer`(text: String, status: Int, body: String) throws {
        let answer = try #require(HTTPAnswer(Array(text.utf8)))
        #expect(answer.status == status)
        #expect(String(decoding: answer.body, as: UTF8.self) == body)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/2 200\r\n\r\n",
    ])
    func `is no HTTP answer`(text: String) {
        #expect(HTTPAnswer(Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/healthz", "127.0.0.1", 8080, "/healthz"), ("http://web", "web", 80, "/"),
        ("https://[::1]:8443/a?b=c", "[::1]", 8443, "/a?b=c"), ("https://web?x", "web", 443, "/?x"),
        ("http://[::1]", "[::1]", 80, "/"),
    ])
    func `is a URL`(text: String, host: String, port: Int, path: String) throws {
        let url = try #require(ProbeURL(text))
        #expect(url.host == host && Int(url.port) == port && url.path == path)
    }

    @Test(arguments: [
        "ftp://x/", "http://", "http://:80/", "http://x:0/", "http://x:99999/", "http://-x/", "http://a b/",
        "http://x/ HTTP/1.1\r\nX: y", "http://user@x/",
    ])
    func `is no URL`(text: String) {
        #expect(ProbeURL(text) == nil)
    }

    @Test(arguments: [
        ("2xx", 200, true), ("2xx", 301, false), ("200-204, 301", 301, true), ("200-204", 205, false),
        ("200", 200, true), ("404", 200, false),
    ])
    func `is expected or not`(list: String, status: Int, isExpected: Bool) {
        #expect(ProbeWork.expects(list, status) == isExpected)
    }

    @Test(arguments: [
        (#"{"a":{"version":"4.12.1"},"b":[1,{"c":"x"}]}"#, "a.version", "4.12.1"),
        (#"{"a":{"version":"4.12.1"},"b":[1,{"c":"x"}]}"#, "b.1.c", "x"), (#"{"v":4.10}"#, "v", "4.10"),
        (#"{"v":"caf\u00e9 \ud83d\ude00"}"#, "v", "café 😀"), (#"{"v":true}"#, "v", "true"),
        (#"{"v":null}"#, "v", nil), (#"{"v":{"w":1}}"#, "v", nil), (#"{"v":"#, "v", nil),
        ("[[[[", "0.0.0.0.0", nil),
        (#"{"x":"\"v\":1","v":2}"#, "v", "2"), (#"{"x":[},"v":2}"#, "v", nil), ("", "v", nil),
    ])
    func `is a value of JSON by its keys`(json: String, path: String, value: String?) {
        #expect(JSONValue.find(path, in: Array(json.utf8)) == value)
    }

    @Test func `is JSON a thousand lists deep, and is given up`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(JSONValue.find("1", in: Array(deep.utf8)) == nil)
    }

    @Test func `is a certificate's end`() throws {
        let text = try Self.certificate(days: 30)
        let end = try #require(CertificateEnd.first(inPEM: Array(text.utf8)))
        let wanted = Date().timeIntervalSince1970 + 30 * 86_400
        #expect(abs(Double(end) - wanted) < 120)
    }

    @Test func `is a certificate cut anywhere, and is given up`() throws {
        let text = Array(try Self.certificate(days: 1).utf8)
        for length in stride(from: 0, to: text.count, by: 7) {
            _ = CertificateEnd.first(inPEM: Array(text[..<length]))
            _ = CertificateEnd.of(DER: Array(text[..<length]))
        }
    }

    static func certificate(days: Int) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            "/dev/null",
            "-subj", "/CN=shop", "-days", "\(days)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test func `is an answer that a child hands over whole`() throws {
        var answer = ProbeAnswer()
        answer.isGood = true
        answer.nanoseconds = 12_345_678
        answer.notAfter = 1_900_000_000
        answer.version = "4.12.1"
        answer.reason = "two\nlines"
        answer.output = Array("a\nb\n".utf8)
        let read = try #require(ProbeAnswer(answer.bytes))
        answer.reason = "two lines"
        #expect(read == answer)
        #expect(ProbeAnswer(Array(answer.bytes.prefix(9))) == nil)
    }

    @Test func `is a plugin's performance data, or Prometheus's text`() {
        let plugin = "OK - all well | 'free space'=12.5GB;1;2 time=30ms;;\nmore"
        let series = ProbeOutput.series(Array(plugin.utf8), of: "disk")
        #expect(series.map { $0.definition.key.labels["label"] } == ["free space", "time"])
        #expect(series.map(\.value) == [12.5e9, 0.03])
        let text = "# TYPE shop_depth gauge\nshop_depth{queue=\"mail\"} 7\nnode_load1 9\n"
        let found = ProbeOutput.series(Array(text.utf8), of: "shop")
        #expect(found.map(\.definition.key.name) == ["shop_depth"])
        #expect(found.first?.definition.key.labels["probe"] == "shop")
    }
}
