/// A series of the session, and the dense index that ticks call it by.
package struct SeriesDescription: Equatable, Sendable {
    package var index: Int32
    package var group: String
    package var definition: SeriesDefinition

    package init(index: Int32, group: String, definition: SeriesDefinition) {
        self.index = index
        self.group = group
        self.definition = definition
    }
}
