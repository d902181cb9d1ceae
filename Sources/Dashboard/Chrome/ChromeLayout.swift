import Canvas

/// Where the chrome stands, and what is left for the screen. Rows go as the terminal gets lower: first the hints, then
/// the tabs, then the time bar.
struct ChromeLayout: Hashable, Sendable {
    /// Breadcrumb, counts, clock and link state.
    let title: Rect
    /// Tabs and query; empty where the status row has it.
    let tabs: Rect
    let body: Rect
    let timeBar: Rect
    /// Hints, notices, and on low terminals everything that has no row of its own.
    let status: Rect

    init(width: Int, height: Int, hasPrompt: Bool) {
        let screen = Rect(x: 0, y: 0, width: width, height: height)
        guard SizeClass(width: width, height: height) > .summary else {
            title = .empty
            tabs = .empty
            timeBar = .empty
            // A prompt takes the last row, even the only one.
            let parts = screen.splitBottom(hasPrompt ? 1 : 0)
            body = parts.rest
            status = parts.bottom
            return
        }
        let head = screen.splitTop(1)
        title = head.top
        let tabbed = head.rest.splitTop(height >= 16 ? 1 : 0)
        tabs = tabbed.top
        let footed = tabbed.rest.splitBottom(1)
        status = footed.bottom
        let barred = footed.rest.splitBottom(height >= 12 ? 1 : 0)
        timeBar = barred.bottom
        body = barred.rest
    }
}
