/// An order whose id its caller gives, so that it is one order however often it is asked for.
package struct WantedOrder: Sendable {
    /// 32 hexadecimal digits.
    package var id: String
    package var host: String
    package var action: String
    package var parameters: [String: String]

    package init(id: String, host: String, action: String, parameters: [String: String]) {
        self.id = id
        self.host = host
        self.action = action
        self.parameters = parameters
    }
}
