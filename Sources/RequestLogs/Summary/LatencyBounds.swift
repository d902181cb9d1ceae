import Glibc

/// Bounds of schema 5: 2^(k/32) for k from 0 to 32, as the 52 bits of a double's fraction, and where to begin looking.
enum LatencyBounds {
    static let mantissas: [33 of UInt64] = [
        0x0, 0x59B0D3158574, 0xB5586CF9890F, 0x11301D0125B51, 0x172B83C7D517B, 0x1D4873168B9AA,
        0x2387A6E756238, 0x29E9DF51FDEE1, 0x306FE0A31B715, 0x371A7373AA9CB, 0x3DEA64C123422, 0x44E086061892D,
        0x4BFDAD5362A27, 0x5342B569D4F82, 0x5AB07DD485429, 0x6247EB03A5585, 0x6A09E667F3BCD, 0x71F75E8EC5F74,
        0x7A11473EB0187, 0x82589994CCE13, 0x8ACE5422AA0DB, 0x93737B0CDC5E5, 0x9C49182A3F090, 0xA5503B23E255D,
        0xAE89F995AD3AD, 0xB7F76F2FB5E47, 0xC199BDD85529C, 0xCB720DCEF9069, 0xD5818DCFBA487, 0xDFC97337B9B5F,
        0xEA4AFA2A490DA, 0xF50765B6E4540, 0xFFFFFFFFFFFFF,
    ]

    /// The first bound that is not below a fraction with these six leading bits.
    static let firstStep: [64 of UInt8] = [
        0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 8, 9, 10, 10, 11, 11, 12, 13,
        13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 22, 22, 22,
        23, 23, 24, 24, 25, 25, 26, 26, 26, 27, 27, 28, 28, 28, 29, 29, 30, 30, 30, 31,
        31, 31, 32, 32,
    ]

    static func powerOfTwo(_ exponent: Double) -> Double { exp2(exponent) }
}
