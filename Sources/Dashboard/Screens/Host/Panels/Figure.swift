import Canvas
import Text

/// Figures on the Host screen: rounded to what is read at a glance and of one width, so that they do not flicker and
/// nothing beside them moves.
enum Figure {
    /// A share of one in whole percents, at the right of `width` cells.
    static func percent(_ share: Double, width: Int = 3) -> SafeText {
        guard share.isFinite else { return Format.absent.padded(to: width, alignment: .right) }
        return Format.fixed(share * 100, places: 0).padded(to: width, alignment: .right)
    }

    /// A share of one in percents with a place below ten, for small ones: `0.3`, `12`.
    static func smallPercent(_ share: Double) -> SafeText {
        guard share.isFinite else { return Format.absent }
        let percent = share * 100
        return Format.fixed(percent, places: percent > 0 && percent.magnitude < 9.95 ? 1 : 0)
    }

    static func bytes(_ value: Double, width: Int = 4) -> SafeText {
        Format.bytes(value).padded(to: width, alignment: .right)
    }

    /// Load averages and their like: one place below a hundred.
    static func load(_ value: Double) -> SafeText {
        guard value.isFinite else { return Format.absent }
        return Format.fixed(value, places: value.magnitude < 99.95 ? 1 : 0)
    }

    /// The look of a share: plain while it is well, bold and marked by colour where it is not.
    static func style(_ share: Double, warning: Double = 0.8, critical: Double = 0.95) -> Style {
        guard share.isFinite else { return Style(.muted) }
        if share >= critical { return Style(.critical, bold: true) }
        if share >= warning { return Style(.warning, bold: true) }
        return Style(.text, bold: true)
    }

    /// The character that says the same as ``style(_:warning:critical:)`` without colour: `X`, `!`, or nothing.
    static func mark(_ share: Double, warning: Double = 0.8, critical: Double = 0.95) -> SafeText {
        guard share.isFinite, share >= warning else { return "" }
        return share >= critical ? "X" : "!"
    }
}

extension TextLine.Span {
    /// What names a figure: overlooked until it is looked for.
    static func label(_ text: SafeText) -> TextLine.Span { TextLine.Span(text, Style(.muted)) }
    static func figure(_ text: SafeText) -> TextLine.Span { TextLine.Span(text) }
}
