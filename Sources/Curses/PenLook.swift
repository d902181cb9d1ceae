import CNcurses

/// A theme's look as ncurses is told it.
struct PenLook {
    private(set) var attributes: Int32 = 0
    private(set) var pair: Int32 = 0
    private let background: Int
    /// Whether even a space shows more than its background.
    private let marksSpace: Bool

    /// What the terminal shows before anything is put.
    init() {
        background = -1
        marksSpace = false
    }

    init(_ look: Theme.Look, pair: Int32) {
        if look.isBold { attributes |= Int32(CNC_BOLD) }
        if look.isDim { attributes |= Int32(CNC_DIM) }
        if look.isReverse { attributes |= Int32(CNC_REVERSE) }
        if look.isUnderlined { attributes |= Int32(CNC_UNDERLINE) }
        self.pair = pair
        background = look.background
        marksSpace = look.isReverse || look.isUnderlined
    }

    /// Whether a space in the one and in the other cannot be told apart.
    func isSameOnSpace(as other: PenLook) -> Bool {
        background == other.background && !marksSpace && !other.marksSpace
    }
}
