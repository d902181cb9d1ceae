import Glibc

/// Names of users by number, from /etc/passwd read as text: the library's own look-up may load foreign code, which a
/// static program cannot.
package struct UserNames {
    private var names: [UInt32: String] = [:]
    /// Lines beyond are left out.
    private static let usersMax = 65_536

    package init(_ text: [UInt8] = []) {
        for line in text.split(separator: UInt8(ascii: "\n")) where names.count < Self.usersMax {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 3, let number = UInt32(String(decoding: fields[2], as: UTF8.self)) else {
                continue
            }
            // Of two names for one number the first is the one that programs show.
            if names[number] == nil { names[number] = String(decoding: fields[0], as: UTF8.self) }
        }
    }

    /// The name, or the number where there is none.
    package subscript(number: UInt32) -> String { names[number] ?? "\(number)" }

    package func knows(_ number: UInt32) -> Bool { names[number] != nil }
}
