import Fleet
import Telemetry

/// The query bar's text as the Host screen applies it to its rows; read anew only when the text changes.
struct HostFilter: Sendable {
    private(set) var text = ""
    private(set) var query: RowQuery?
    /// What is wrong with the text; all rows are shown while it is.
    private(set) var error: String?

    mutating func read(_ next: String) {
        guard next != text else { return }
        text = next
        do {
            query = try RowQuery(next)
            error = nil
        } catch {
            query = nil
            self.error = error.description
        }
    }

    var isEmpty: Bool { query?.isEmpty ?? true }

    func matches(_ row: some QueryRow) -> Bool {
        query?.matches(row) ?? true
    }
}
