import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

/// Operators-contract 3.4: `{worst_host}`.
@Suite struct `The worst host of a service` {
    /// What a host's requests are: routes, and errors a second of each, at first and after two minutes.
    private struct Host {
        let name: String
        let routes: Int
        let errors: (first: Double, later: Double)
    }

    /// The summary of an open alert after so many seconds.
    private static func summary(of hosts: [Host], after seconds: Int) async throws -> String? {
        let fleet = SimulatedFleet()
        var book = try EvaluationWorld.book([("Errors", "http.errors > 1/s")])
        book.rules[0].summary = try SummaryTemplate("{service} on {worst_host}")
        await fleet.begin(book, hosts: hosts.map(\.name))
        for second in 0..<seconds {
            for host in hosts {
                let errors =
                    host.errors.first * Double(min(second, 120))
                    + host.errors.later * Double(max(0, second - 120))
                await fleet.send(
                    host.name,
                    (0..<host.routes).flatMap { route in
                        [total(route, "200", 20 * Double(second)), total(route, "500", errors)]
                    })
            }
            await fleet.core.evaluate()
            await fleet.pass(1000)
        }
        return await fleet.core.alerts().first?.summary
    }

    private static func total(_ route: Int, _ code: String, _ count: Double) -> SimulatedFleet.Value {
        .counter(
            "martlet_http_requests_total", count,
            ["service": "shop", "route": "/\(route)", "method": "GET", "code": code])
    }

    @Test func `is the one with the most errors`() async throws {
        let hosts = [
            Host(name: "web1", routes: 1, errors: (2, 2)), Host(name: "web2", routes: 1, errors: (5, 5)),
            Host(name: "web3", routes: 1, errors: (0, 0)),
        ]
        #expect(try await Self.summary(of: hosts, after: 100) == "shop on web2")
    }

    @Test func `is the one with the most of all its routes together`() async throws {
        let hosts = [
            Host(name: "web1", routes: 10, errors: (1, 1)), Host(name: "web2", routes: 1, errors: (4, 4)),
        ]
        #expect(try await Self.summary(of: hosts, after: 100) == "shop on web1")
    }

    @Test func `is another one once that has more`() async throws {
        let hosts = [
            Host(name: "web1", routes: 1, errors: (6, 0)), Host(name: "web2", routes: 1, errors: (1, 4)),
        ]
        #expect(try await Self.summary(of: hosts, after: 119) == "shop on web1")
        #expect(try await Self.summary(of: hosts, after: 240) == "shop on web2")
    }

    @Test func `is nobody where one host alone has the service`() async throws {
        #expect(
            try await Self.summary(of: [Host(name: "web1", routes: 3, errors: (2, 2))], after: 100)
                == "shop on -")
    }
}
