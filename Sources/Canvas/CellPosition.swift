/// A column and a row of the screen.
package struct CellPosition: Hashable, Sendable {
    package let x: Int
    package let y: Int

    package init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }
}
