import Foundation

/// Who of several people that share an account gives an order; the hub knows the account's uid from its socket.
enum SharedAccount {
    /// `--as`, else $MARTLET_ACTOR; nil where neither says anything.
    static func name(_ option: String?) -> String? {
        [option, ProcessInfo.processInfo.environment["MARTLET_ACTOR"]].compactMap(\.self).first {
            !$0.isEmpty
        }
    }
}
