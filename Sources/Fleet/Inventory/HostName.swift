/// Names of hosts, addresses, users and jump hosts: nothing that could become an option of ssh(1), or a second word.
package enum HostName {
    package static let bytesMax = 253

    /// A letter or digit first, then letters, digits and `._:%-`; throws what to write instead.
    package static func check(_ text: String, as what: String = "a host name") throws(WrittenValue.Refusal) {
        guard let first = text.utf8.first else { throw WrittenValue.Refusal("\(what) is missing") }
        guard text.utf8.count <= bytesMax else {
            throw WrittenValue.Refusal("`\(text)` is longer than \(bytesMax) characters")
        }
        if let at = text.utf8.firstIndex(of: UInt8(ascii: "@")) {
            let user = String(text[..<at])
            throw WrittenValue.Refusal(
                "`\(text)` holds an @: the user goes into the field user, as user: \(user)")
        }
        if text.utf8.contains(where: { $0 == 0x20 || $0 == 0x09 }) {
            throw WrittenValue.Refusal("`\(text)` has a blank in it; each host is a name of its own")
        }
        guard WrittenValue.isAlphanumeric(first) else {
            throw WrittenValue.Refusal(
                "`\(text)` begins with \(String(text.prefix(1))): \(what) begins with a letter or digit")
        }
        guard text.utf8.allSatisfy({ WrittenValue.isAlphanumeric($0) || "._:%-".utf8.contains($0) }) else {
            throw WrittenValue.Refusal(
                "`\(text)` is not \(what): only letters, digits and . _ : % - stand in one")
        }
    }
}
