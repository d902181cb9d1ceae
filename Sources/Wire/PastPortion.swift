/// A part of the answer to a replay: frames of a session of their own, cut wherever it was convenient.
package struct PastPortion: Equatable, Sendable {
    /// A reader of these frames begins anew here.
    package var isFirst: Bool
    /// Nothing more comes of this replay.
    package var isLast: Bool
    package var frames: [UInt8]

    package init(isFirst: Bool, isLast: Bool, frames: [UInt8]) {
        self.isFirst = isFirst
        self.isLast = isLast
        self.frames = frames
    }
}
