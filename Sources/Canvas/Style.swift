/// How a cell looks, in meanings: a role for the character, perhaps another for the ground under it, and
/// attributes that also hold on a terminal without colours. Four bytes.
///
///     bits  0…9    role's code
///     bits 10…19   ground's code plus one, 0 for the terminal's own ground
///     bits 20…23   bold, dim, reverse, underline
package struct Style: Hashable, Sendable {
    /// The packed form; equal codes look equal.
    package let code: UInt32

    package init(
        _ role: Role = .text, on ground: Role? = nil, bold: Bool = false, dim: Bool = false,
        reverse: Bool = false, underline: Bool = false
    ) {
        code =
            UInt32(role.code)
            | UInt32(ground.map { $0.code + 1 } ?? 0) << 10
            | (bold ? 1 << 20 : 0) | (dim ? 1 << 21 : 0) | (reverse ? 1 << 22 : 0) | (underline ? 1 << 23 : 0)
    }

    /// For a code taken from a style.
    package init(code: UInt32) {
        self.code = code & 0xFF_FFFF
    }

    package static let plain = Style(.text)

    package var role: Role { Role(code: Int(code & 0x3FF)) ?? .text }
    /// What fills the cell behind the character; nil is the terminal's own ground.
    package var ground: Role? { Role(code: Int(code >> 10 & 0x3FF) - 1) }
    package var isBold: Bool { code & 1 << 20 != 0 }
    package var isDim: Bool { code & 1 << 21 != 0 }
    package var isReverse: Bool { code & 1 << 22 != 0 }
    package var isUnderlined: Bool { code & 1 << 23 != 0 }

    /// The same character look over another ground.
    package func on(_ ground: Role?) -> Style {
        Style(code: code & ~(0x3FF << 10) | UInt32(ground.map { $0.code + 1 } ?? 0) << 10)
    }

    /// The same look, bold.
    package var bold: Style { Style(code: code | 1 << 20) }
    /// The same look, underlined.
    package var underlined: Style { Style(code: code | 1 << 23) }
}

extension Style: CustomStringConvertible {
    /// The names that styled dumps print: `critical on selection bold`.
    package var description: String {
        var words = [role.description]
        if let ground { words.append("on \(ground)") }
        if isBold { words.append("bold") }
        if isDim { words.append("dim") }
        if isReverse { words.append("reverse") }
        if isUnderlined { words.append("underline") }
        return words.joined(separator: " ")
    }
}
