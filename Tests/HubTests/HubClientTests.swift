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
