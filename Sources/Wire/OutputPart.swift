/// Some of what an action wrote to its standard output and error, as it came.
package struct OutputPart: Equatable, Sendable {
    package var id: String
    /// Where it stands in all that was written; what lies between two parts was dropped.
    package var offset: UInt64
    /// `WireLimits.outputBytes` at most.
    package var bytes: [UInt8]

    package init(id: String, offset: UInt64, bytes: [UInt8]) {
        self.id = id
        self.offset = offset
        self.bytes = bytes
    }
}
