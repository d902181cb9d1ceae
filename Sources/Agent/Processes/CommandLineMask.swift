/// Makes of a process's arguments a text that may leave the host: what may be a secret becomes `***`.
///
/// Nobody can know every program's way of taking a secret, so a doubt hides: an option whose name holds `key` hides its
/// value though it be `--keyring-dir`, and what follows a telling name is hidden to the end of its argument, because only
/// arguments have borders that are certain. A process writes its own arguments, so any bytes may come.
package enum CommandLineMask {
    /// Bytes of the text; a longer one is cut after it was masked.
    package static let textBytesMax = 512
    /// Bytes of the arguments that are looked at.
    package static let bytesMax = 4096

    /// The text of arguments that end in NUL each, as /proc/PID/cmdline has them; proc_pid_cmdline(5).
    package static func text(_ bytes: [UInt8], isMasked: Bool) -> String {
        let arguments = split(bytes)
        guard isMasked else { return joined(arguments) }
        var words = MaskedWords()
        for argument in arguments { words.append(argument) }
        return joined(words.texts)
    }

    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var rest = bytes[...]
        // The title of a process that wrote over its arguments is padded with NULs.
        while rest.last == 0 { rest.removeLast() }
        if rest.count >= bytesMax {
            // The last argument may be half a one: a password without the sign that tells it.
            rest = rest.prefix(bytesMax)
            rest = rest[..<(rest.lastIndex { $0 == 0 || $0 == 0x20 } ?? rest.startIndex)]
        }
        return rest.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
    }

    private static func joined(_ arguments: [[UInt8]]) -> String {
        var text: [UInt8] = []
        for argument in arguments {
            if !text.isEmpty { text.append(0x20) }
            for byte in argument { text.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte) }
            if text.count > textBytesMax { break }
        }
        guard text.count > textBytesMax else { return String(decoding: text, as: UTF8.self) }
        var end = textBytesMax
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: text[..<end], as: UTF8.self)
    }
}

/// The arguments so far, masked, and what the last one says of the next.
private struct MaskedWords {
    private enum Next { case open, hidden, credentials }

    private(set) var texts: [[UInt8]] = []
    private var next = Next.open
    /// Of programs that were named so far: short options that take a secret.
    private var secretLetters: [UInt8] = []
    private var hidesOperands = false

    private static let stars = Array("***".utf8)

    mutating func append(_ argument: [UInt8]) {
        let isProgram = texts.isEmpty
        let before = next
        next = .open
        let text = scanned(argument, isProgram: isProgram)
        let shown: [UInt8]
        switch before {
        case .open:
            let isHidden = hidesOperands && argument.first != UInt8(ascii: "-")
            shown = isHidden ? Self.stars : Self.withoutUserinfo(text)
        case .hidden: shown = Self.stars
        case .credentials: shown = Self.withoutUserinfo(Self.afterSeparator(text) ?? text)
        }
        texts.append(shown)
        // What was expected as a value tells of nothing, unless it looks as if it were no value.
        if before != .open, argument.first != UInt8(ascii: "-") { next = .open }
        if isProgram {
            hidesOperands = SecretNames.takesSecretOperands(argument)
            // A program called `ssh-key` does not hide its first argument.
            next = .open
        }
    }

    /// Goes through the names in an argument; from the first that tells of a secret on, the rest is hidden. An argument
    /// may hold a whole command, as that of `sh -c`, or all of a title.
    private mutating func scanned(_ argument: [UInt8], isProgram: Bool) -> [UInt8] {
        var offset = 0
        while offset < argument.count {
            guard SecretNames.isLetter(argument[offset]) else {
                offset += 1
                continue
            }
            var end = offset
            while end < argument.count, SecretNames.isLetter(argument[end]) { end += 1 }
            let name = argument[offset..<end]
            if SecretNames.looksLikeToken(name) { return Array(argument[..<offset]) + Self.stars }
            let isOption =
                name.first == UInt8(ascii: "-") && name.count > 1
                && (offset == 0 ? !isProgram : Self.separates(argument[offset - 1]))
            let start =
                isOption
                ? optionStart(argument, name) ?? secretStart(argument, name) : secretStart(argument, name)
            if let start {
                guard start < argument.count else {
                    next = .hidden
                    return argument
                }
                return Array(argument[..<start]) + Self.stars
            }
            if !isOption { secretLetters += SecretNames.letters(ofProgram: name) }
            offset = end
        }
        return argument
    }

    /// Where the secret of a short option or of a user's begins: `-p secret`, `-psecret`, `-u user:secret`.
    private mutating func optionStart(_ argument: [UInt8], _ name: ArraySlice<UInt8>) -> Int? {
        let letter = name[name.startIndex + 1]
        let isShort = letter != UInt8(ascii: "-")
        let isUser = SecretNames.isUser(name)
        if isUser || (isShort && letter | 0x20 == UInt8(ascii: "u")) {
            if let separator = Self.separator(argument[name.endIndex...]) { return separator + 1 }
            if isUser, name.endIndex == argument.count, next == .open { next = .credentials }
            return nil
        }
        guard isShort, letter | 0x20 == UInt8(ascii: "p") || secretLetters.contains(letter) else {
            return nil
        }
        guard name.count == 2 else {
            if name.endIndex == argument.count, SecretNames.isSecret(name) { next = .hidden }
            return name.startIndex + 2
        }
        var start = name.endIndex
        while start < argument.count, argument[start] <= 0x20 { start += 1 }
        return start
    }

    /// Where the secret that `name` tells of begins, the argument's end for one in the next argument, nil for none.
    private func secretStart(_ argument: [UInt8], _ name: ArraySlice<UInt8>) -> Int? {
        var offset = name.endIndex
        let closing: [UInt8] = Array("\"'\\]".utf8)
        while offset < argument.count, closing.contains(argument[offset]) { offset += 1 }
        let blanks = offset
        while offset < argument.count, argument[offset] <= 0x20 { offset += 1 }
        let isAfterSlash = name.startIndex > 0 && argument[name.startIndex - 1] == UInt8(ascii: "/")
        guard offset < argument.count else {
            return SecretNames.tells(name, isAfterSlash: isAfterSlash) ? argument.count : nil
        }
        let sign = argument[offset]
        let isScheme = argument[offset...].starts(with: "://".utf8)
        if !isScheme, sign == UInt8(ascii: "=") || sign == UInt8(ascii: ":") || sign == UInt8(ascii: ">") {
            let isSecret = SecretNames.isSecret(name) || (isAfterSlash && SecretNames.isSlashOption(name))
            return isSecret && offset + 1 < argument.count ? offset + 1 : nil
        }
        return offset > blanks && SecretNames.tells(name, isAfterSlash: isAfterSlash) ? offset : nil
    }

    /// `user:***` of `user:secret`; nil where nothing separates.
    private static func afterSeparator(_ text: [UInt8]) -> [UInt8]? {
        separator(text[...]).map { Array(text[...$0]) + stars }
    }

    /// What stands between a user and a secret; the percent sign is smbclient's.
    private static func separator(_ text: ArraySlice<UInt8>) -> Int? {
        text.firstIndex { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") }
    }

    private static func separates(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }

    /// Hides the secret of `scheme://user:secret@host` and of `user:secret@host`; up to the last `@`, which a password
    /// may hold too.
    private static func withoutUserinfo(_ text: [UInt8]) -> [UInt8] {
        guard let at = text.lastIndex(of: UInt8(ascii: "@")) else { return text }
        var start = 0
        var hasScheme = false
        while start + 3 <= at, !hasScheme {
            hasScheme = text[start...].starts(with: "://".utf8)
            start += hasScheme ? 3 : 1
        }
        if hasScheme {
            // Without a colon the user itself may be a token.
            let colon = text[start..<at].firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? start
            return Array(text[..<colon]) + stars + Array(text[at...])
        }
        let word = text[..<at].lastIndex { $0 <= 0x20 }.map { $0 + 1 } ?? 0
        guard let colon = text[word..<at].firstIndex(of: UInt8(ascii: ":")) else { return text }
        return Array(text[...colon]) + stars + Array(text[at...])
    }
}
