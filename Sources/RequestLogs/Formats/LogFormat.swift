/// A way to read a log, with the name under which it is shown.
package struct LogFormat: Sendable {
    package internal(set) var name: String
    /// Tells of a database's statements rather than of requests.
    package let isDatabase: Bool
    /// What the reader should know about the reading, as for whoever asked: a unit that was inferred, say.
    package var notes: [String] = []
    let engine: LineEngine
    /// What a transport puts before each line.
    var prefix = LinePrefix.none

    init(_ name: String, _ engine: LineEngine, isDatabase: Bool = false) {
        self.name = name
        self.engine = engine
        self.isDatabase = isDatabase
    }

    /// Of a pattern of Tomcat's: the power of ten of `elapsedTime`, should the log be the JSON valve's, which takes the
    /// same patterns; of lograge that of `duration`, should it write JSON.
    var jsonShift: Int?

    /// The same for a log of which `sample` are the first bytes: its transport's wrapping is peeled off.
    package func fitted(to sample: Span<UInt8>) -> LogFormat {
        var copy = self
        if let jsonShift, sample.count > 0, sample[0] == 0x7B {
            copy = LogFormat(name, .json(JSONReader(shift: jsonShift)))
            copy.notes = notes
        }
        copy.prefix = LinePrefix.find(sample)
        return copy
    }

    static func fields(
        _ name: String, _ programs: [FieldProgram], isPure: Bool = false, hasColors: Bool = false,
        aside: ServerEntry? = nil
    ) -> LogFormat {
        var reader = FieldReader(programs, isPure: isPure, hasColors: hasColors)
        reader.aside = aside
        return LogFormat(name, .fields(reader))
    }
}
