/// Why a stream of frames cannot be read on. The session ends; the reason is shown and counted by its name.
package enum WireError: Error, Equatable, CustomStringConvertible {
    /// 64 KiB came and no frame began.
    case noFrames
    /// Bytes between frames that begin no frame.
    case notAFrame(offset: UInt64)
    case checksum(offset: UInt64)
    case version(found: UInt8)
    case unknownKind(UInt8)
    case tooLong(what: String, found: UInt64, limit: Int)
    /// The payload ended in the middle of a field.
    case truncated(kind: FrameKind, field: String)
    /// A field that breaks the format's own rules.
    case invalid(kind: FrameKind, field: String)

    /// A short fixed word for counting.
    package var name: String {
        switch self {
        case .noFrames: "no_frames"
        case .notAFrame: "not_a_frame"
        case .checksum: "checksum"
        case .version: "version"
        case .unknownKind: "unknown_kind"
        case .tooLong: "too_long"
        case .truncated: "truncated"
        case .invalid: "invalid"
        }
    }

    package var description: String {
        switch self {
        case .noFrames:
            "no frame in the first \(WireLimits.bannerBytes) bytes; is it martlet-agent that answers there?"
        case .notAFrame(let offset): "byte \(offset): no frame begins here"
        case .checksum(let offset): "byte \(offset): the frame's checksum does not fit its bytes"
        case .version(let found):
            "frame format \(found), but this build speaks \(WireVersion.oldest) to \(WireVersion.current); "
                + "install the same release on both ends"
        case .unknownKind(let kind): "frame kind \(kind) is not known to this build"
        case .tooLong(let what, let found, let limit): "\(what): \(found), but at most \(limit) are taken"
        case .truncated(let kind, let field): "\(kind) frame ends inside \(field)"
        case .invalid(let kind, let field): "\(kind) frame: \(field) breaks the format"
        }
    }
}
