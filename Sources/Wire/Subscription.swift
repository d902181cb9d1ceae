/// What the hub wants of an agent while a screen looks.
package struct Subscription: Equatable, Sendable {
    package var intervalMilliseconds: UInt32
    /// The whole process table every two seconds, not only the busiest every five.
    package var wantsAllProcesses: Bool
    /// The lines of logs as they come, as events of the kind `line`.
    package var wantsLines: Bool

    package init(intervalMilliseconds: UInt32, wantsAllProcesses: Bool, wantsLines: Bool = false) {
        self.intervalMilliseconds = intervalMilliseconds
        self.wantsAllProcesses = wantsAllProcesses
        self.wantsLines = wantsLines
    }
}
