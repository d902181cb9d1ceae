/// How many colours the terminal shows.
package enum ColorDepth: Sendable, CaseIterable {
    /// None: meaning stands in characters and attributes alone.
    case mono
    /// The sixteen of every terminal.
    case ansi16
    /// The xterm palette.
    case palette256
}
