import Foundation
import Glibc

/// ctrl-c, a terminal that hung up, and TERM, while they end only a waiting; the second one ends the program.
///
/// Unchecked: the sources are made here and only ever cancelled, which any thread may do.
final class WaitingSignals: @unchecked Sendable {
    private static let numbers = [SIGINT, SIGTERM, SIGHUP]
    private let sources: [any DispatchSourceSignal]
    private let arrived: AsyncStream<Int32>

    init() {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Int32.self, bufferingPolicy: .bufferingNewest(1))
        arrived = stream
        sources = Self.numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                continuation.yield(number)
            }
            source.resume()
            return source
        }
    }

    /// The first that comes; nil where the waiting was ended otherwise.
    func first() async -> Int32? {
        for await number in arrived { return number }
        return nil
    }

    func end() {
        for source in sources { source.cancel() }
        for number in Self.numbers { signal(number, SIG_DFL) }
    }
}
