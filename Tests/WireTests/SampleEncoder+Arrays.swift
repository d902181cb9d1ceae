import Wire

extension SampleEncoder {
    /// Appends values that a test wrote as an array.
    mutating func append(group: Int, _ values: [Int64], ageMilliseconds: UInt32 = 0) {
        append(group: group, values: values.span, ageMilliseconds: ageMilliseconds)
    }

    /// The bytes so far, which are then forgotten.
    mutating func take() -> [UInt8] {
        drain { span in span.indices.map { span[$0] } }
    }
}
