/// Long work on the core in slices: between two of them, what waits for the core is done, and a core of the machine is half free.
struct Pace {
    private var began = ContinuousClock.now

    private static let slice = Duration.milliseconds(5)

    /// Rests as long as it worked since the last rest, where that was long; costs little else. Returns at once where the task
    /// is cancelled.
    mutating func rest() async {
        let worked = ContinuousClock.now - began
        guard worked >= Self.slice else { return }
        try? await Task.sleep(for: worked)
        began = ContinuousClock.now
    }
}
