package import Fleet

/// What keeps the hub from doing what it was asked to do.
package enum HubError: Error, Equatable, CustomStringConvertible {
    /// Another hub holds the lock of this state folder.
    case alreadyRunning(folder: String)
    /// A host on which an order goes on.
    case busyHost(String, action: String, order: String)
    /// A host of hosts.yaml, which says alone that it is watched.
    case configuredHost(String)
    case folder(path: String, reason: String)
    /// A folder or file that the hub may not use: the wrong owner, mode or user.
    case forbidden(path: String, reason: String)
    case invalidHost(String)
    /// A field of a host's that could be read as more than one word.
    case invalidTarget(String, TargetRefusal)
    case noAgent
    /// This hub reaches no host over ssh.
    case noDialer(String)
    case spawn(program: String, errno: Int32)
    case tooManyHosts(max: Int)
    case unknownHost(String)
    /// A word of a command line that means no host.
    case word(String, reason: String)

    package var description: String {
        switch self {
        case .alreadyRunning(let folder):
            "\(folder): another hub runs here; martlet attaches to it, or name another folder with XDG_STATE_HOME"
        case .busyHost(let name, let action, let order):
            "\(action) goes on on \(name): wait for its end, or martlet action cancel \(order.prefix(8))"
        case .configuredHost(let name):
            "\(name) is of hosts.yaml: take it out there, or its inventory, then martlet reload"
        case .folder(let path, let reason), .forbidden(let path, let reason): "\(path): \(reason)"
        case .invalidHost(let name):
            "\"\(name)\" is no host name: letters, digits and . _ : % - are taken, a letter or digit first"
        case .invalidTarget(let host, let refusal): "\(host): \(refusal)"
        case .noAgent:
            "martlet-agent is neither beside martlet nor on PATH; make agent builds it, make install puts it there"
        case .noDialer(let host): "\(host): nothing here dials hosts over ssh; a hub does"
        case .spawn(let program, let errno): "\(program) cannot be started (errno \(errno))"
        case .tooManyHosts(let max): "this hub watches \(max) hosts, which is as many as it takes"
        case .word(let word, let reason): "`\(word)`: \(reason)"
        case .unknownHost(let name): "no host \"\(name)\" is known to this hub"
        }
    }
}
