import Foundation
import Glibc
import HubClient
import NIOCore
import NIOPosix
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct `The hub's client` {
    @Test func `gives up on a hub that takes the connection and says nothing`() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.url.path)/s"
        // As a hub that was stopped: the kernel takes connections in for it.
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.autoRead, value: false)
            .bind(unixDomainSocketPath: path).get()
        try HubStarter.probe(path)
        let began = ContinuousClock.now
        #expect(await !HubClient(socketPath: path).isAlive())
        #expect(ContinuousClock.now - began < .seconds(20))
        // No other is started beside it.
        let starter = HubStarter(
            candidates: [path], command: ["/bin/false"], socket: "\(folder.url.path)/other",
            log: "\(folder.url.path)/log", answerSeconds: 1)
        for reach in [{ try await starter.attach() }, { try await starter.connect() }] {
            let error = await #expect(throws: HubClientError.self) { _ = try await reach() }
            #expect(error?.description.contains("has not answered for 1 s") == true)
        }
        try await listener.close()
    }

    @Test func `says at once where nobody listens`() throws {
        let folder = try TemporaryFolder()
        for name in ["none", String(repeating: "n", count: 200)] {
            let error = #expect(throws: HubClientError.self) {
                try HubStarter.probe("\(folder.url.path)/\(name)")
            }
            #expect(error?.description.contains("start one: martlet hub") == true)
        }
    }
}
