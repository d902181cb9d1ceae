/// How long a source waits for what, in milliseconds; a test's are short.
package struct SourceWaits: Sendable {
    /// Until an agent must have said hello: a login over two jump hosts.
    package var helloMilliseconds: Int64 = 30_000
    /// For the child's last words after its end.
    package var errorsMilliseconds: Int64 = 500
    /// A source that lived so long was well: its next failure is the first again.
    package var wellMilliseconds: Int64 = 10_000
    /// After the first failure; each next one is twice as long, up to sixty times it.
    package var retryMilliseconds: Int64 = 1000

    package init() {}
}
