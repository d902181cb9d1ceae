/// The order of names as people count: web2 before web10.
package enum NaturalOrder {
    /// By letters, and by value where both have digits: web2 stands before web10.
    package static func isBefore(_ left: String, _ right: String) -> Bool {
        var (a, b) = (left.utf8[...], right.utf8[...])
        while let first = a.first, let second = b.first {
            if isDigit(first), isDigit(second) {
                let (one, other) = (
                    a.prefix(while: isDigit).drop { $0 == 0x30 }, b.prefix(while: isDigit).drop { $0 == 0x30 }
                )
                if one.count != other.count { return one.count < other.count }
                if !one.elementsEqual(other) { return one.lexicographicallyPrecedes(other) }
                a = a.drop(while: isDigit)
                b = b.drop(while: isDigit)
            } else {
                if first != second { return first < second }
                a = a.dropFirst()
                b = b.dropFirst()
            }
        }
        return a.isEmpty && b.isEmpty ? left < right : a.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
