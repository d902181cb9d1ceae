import Glibc
import Telemetry
import Wire

/// The beginning of a stream on a host without an agent.conf: it says so in its hello, and waits a little for the one that
/// a hub may send, because what is counted from the first tick on cannot be counted otherwise later.
struct StreamOpening {
    let link: AgentLink
    let nonce: UInt64
    /// What the hub sent; nil where it sent none, or in time.
    let configuration: [UInt8]?

    /// From the hello to the hub's first subscription, which comes behind what it sends: a slow link's way and back. Who
    /// reads without a word waits so long.
    private static let patienceNanoseconds: UInt64 = 3_000_000_000

    /// nil where nobody could send one, and so nothing is to be waited for.
    init?(_ paths: AgentPaths) {
        guard StandardStream.isPipe(0) else { return nil }
        let link = AgentLink(standardAsText: false)
        nonce = UInt64.random(in: .min ... .max)
        link.send(.hello(AgentLoop.hello(nil, paths, nonce, .awaited)))
        link.hasSaidHello = true
        var received: [UInt8]?
        var isOver = false
        let deadline = AgentLoop.monotonicNanoseconds() &+ Self.patienceNanoseconds
        while !isOver, link.ending == nil {
            let now = AgentLoop.monotonicNanoseconds()
            guard now < deadline else { break }
            var waiting = pollfd(fd: link.input, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32((deadline - now) / 1_000_000) + 1
            guard unsafe poll(&waiting, 1, milliseconds) > 0 else { continue }
            // The end of the input is the loop's to see: what reads it gets a first tick all the same.
            guard waiting.revents & Int16(POLLIN) != 0 else { break }
            link.read { effect in
                switch effect {
                case .configure(let text): received = text
                case .sample:
                    isOver = true
                    link.early.append(effect)
                case .none: break
                default: link.early.append(effect)
                }
            }
        }
        self.link = link
        configuration = received
    }
}
