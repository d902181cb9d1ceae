/// Names that are drawn and not counted: lower-case hexadecimal digits, of which all are as likely.
enum RandomHex {
    static func digits(_ count: Int) -> String {
        let alphabet = Array("0123456789abcdef".utf8)
        var generator = SystemRandomNumberGenerator()
        return String(
            decoding: (0..<count).map { _ in alphabet[Int.random(in: 0..<16, using: &generator)] },
            as: UTF8.self)
    }

    /// One that is not taken yet.
    static func digits(_ count: Int, isTaken: (String) -> Bool) -> String {
        while true {
            let name = digits(count)
            if !isTaken(name) { return name }
        }
    }
}
