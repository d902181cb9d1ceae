import Foundation
import Testing

@testable import martlet

@Suite struct `Who does something` {
    struct Row: Sendable {
        let named: String?
        let environment: [String: String]
        let name: String
    }

    @Test(arguments: [
        Row(named: "marta", environment: ["MARTLET_ACTOR": "jo", "USER": "ops"], name: "marta"),
        Row(named: nil, environment: ["MARTLET_ACTOR": "jo", "USER": "ops"], name: "jo"),
        Row(named: nil, environment: ["MARTLET_ACTOR": "", "USER": "ops"], name: "ops"),
        // As under cron and in CI.
        Row(named: nil, environment: [:], name: NSUserName()),
        Row(named: nil, environment: ["USER": ""], name: NSUserName()),
    ])
    func `is the name that is said, the environment's, or the account's`(row: Row) {
        #expect(AlertCall.actor(named: row.named, environment: row.environment) == row.name)
    }
}
