/// Where text stands in a space wider than itself.
package enum TextAlignment: Sendable {
    case left
    case center
    case right
}
