/// Something that draws itself in a rectangle: a value made for one frame. It draws nothing outside the rectangle,
/// whatever its size, and copes with rectangles of no size at all.
package protocol Widget {
    func draw(on buffer: inout CellBuffer, in rect: Rect)
}
