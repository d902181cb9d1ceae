/// Text that may reach a terminal: the only type that is drawn or printed.
///
/// Whatever it was made from, it holds no control character, no escape sequence, no bidirectional override,
/// no invisible or unassigned scalar, and at most two combining marks on a letter. What was replaced stays
/// visible: a control character as its picture (`␛`, `␊`, `␉`), everything else as `�`.
package struct SafeText: Hashable, Sendable {
    /// The text itself.
    package let string: String
    /// Terminal cells it takes.
    package let width: Int

    /// Makes any string safe. Costs one pass over the bytes when they are printable ASCII.
    package init(_ hostile: String) {
        if SafeText.isPrintableASCII(hostile.utf8) {
            self.init(trusted: hostile, width: hostile.utf8.count)
        } else {
            var filter = SafeTextFilter(capacity: hostile.utf8.count)
            for scalar in hostile.unicodeScalars {
                filter.append(scalar)
            }
            self.init(trusted: filter.text, width: filter.width)
        }
    }

    /// Makes any bytes safe: UTF-8 as far as it is valid, `�` for the rest.
    package init(bytes: some Collection<UInt8>) {
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    /// For text that this module made and knows to be safe.
    init(trusted string: String, width: Int) {
        self.string = string
        self.width = width
    }

    /// Whether each scalar is one byte and one cell, so that cells can be filled from bytes.
    package var isASCII: Bool { string.utf8.count == width }

    package var isEmpty: Bool { string.isEmpty }

    package static func + (left: SafeText, right: SafeText) -> SafeText {
        if left.isEmpty { return right }
        // A mark at the start of the right part has become `�` already, so nothing joins across the seam
        // but Hangul, whose letters keep their widths.
        return SafeText(trusted: left.string + right.string, width: left.width + right.width)
    }

    /// This text `count` times; empty for a count below one.
    package func repeated(_ count: Int) -> SafeText {
        guard count > 0 else { return "" }
        return SafeText(trusted: String(repeating: string, count: count), width: width * count)
    }

    private static func isPrintableASCII(_ bytes: String.UTF8View) -> Bool {
        for byte in bytes where byte < 0x20 || byte > 0x7E {
            return false
        }
        return true
    }
}

extension SafeText: ExpressibleByStringInterpolation {
    package init(stringLiteral literal: String) {
        self.init(literal)
    }
}

extension SafeText: CustomStringConvertible {
    package var description: String { string }
}

extension SafeText: Comparable {
    package static func < (left: SafeText, right: SafeText) -> Bool {
        left.string < right.string
    }
}

extension Sequence<SafeText> {
    /// The texts one after another with `separator` between them.
    package func joined(separator: SafeText = "") -> SafeText {
        var string = ""
        var width = 0
        var isFirst = true
        for text in self {
            if !isFirst {
                string += separator.string
                width += separator.width
            }
            isFirst = false
            string += text.string
            width += text.width
        }
        return SafeText(trusted: string, width: width)
    }
}
