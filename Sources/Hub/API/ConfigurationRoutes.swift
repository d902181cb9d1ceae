import Fleet
import Foundation
import Hummingbird
import NIOCore

/// The folder of configuration at the API.
struct ConfigurationRoutes: Sendable {
    let report: @Sendable () async -> ConfigurationReport
    let reload: @Sendable () async -> ConfigurationReport

    var table: [HubRoute] {
        [
            HubRoute(method: .get, path: "/v1/configuration", scope: .read) { _, _ in
                try json(await report())
            },
            HubRoute(method: .post, path: "/v1/configuration/reload", scope: .write) { _, _ in
                try json(await reload())
            },
        ]
    }

    private func json(_ report: ConfigurationReport) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(report))))
    }
}
