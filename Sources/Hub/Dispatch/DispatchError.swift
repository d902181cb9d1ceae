/// Why the hub took no order: nothing has happened anywhere.
package enum DispatchError: Error, Equatable, CustomStringConvertible {
    case unknownHost(String)
    case unknownOrder(String)
    /// No such action there, or not with these parameters.
    case undeclared(host: String, String)
    case tooMany(Int)
    /// The hub's journal does not take it.
    case journal(String)

    package var description: String {
        switch self {
        case .unknownHost(let host): "no host \"\(host)\" is known to this hub; see martlet hosts"
        case .unknownOrder(let id): "no order \(id) is known to this hub; martlet audit lists them"
        case .undeclared(let host, let text): "\(host): \(text)"
        case .tooMany(let max): "more than \(max) hosts in one order; name fewer"
        case .journal(let text): text
        }
    }
}
