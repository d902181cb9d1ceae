package import Fleet
import Foundation
import NIOHTTP1

/// Rules, as the hub evaluates them.
extension HubClient {
    package func rules() async throws -> [RuleStanding] {
        try await get("/v1/rules")
    }

    /// When a condition would have fired in so many milliseconds back from now.
    package func tryCondition(
        _ condition: String, selector: String?, sinceMilliseconds: Int64
    ) async throws -> RuleTrial {
        var path = "/v1/rules/try?since=\(sinceMilliseconds)&condition=\(Self.escaped(condition))"
        if let selector { path += "&where=\(Self.escaped(selector))" }
        let answer = try await call(.GET, path, withinSeconds: Self.trialSeconds)
        return try JSONDecoder().decode(RuleTrial.self, from: answer)
    }

    /// Three days of many hosts are much to read.
    private static let trialSeconds = 120

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
