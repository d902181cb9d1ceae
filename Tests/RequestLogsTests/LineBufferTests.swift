import RequestLogs
import Testing

@Suite struct `A line buffer` {
}
