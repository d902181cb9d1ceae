import Fleet
import Telemetry
import Wire

extension OrderRun {
    /// What a host's report makes of it.
    mutating func take(_ report: Report) {
        cause = report.cause.word
        text = report.text
        isWeaklyContained = report.isWeaklyContained
        startedAt = report.startedAt?.inReach?.milliseconds ?? startedAt
        switch report.state {
        case .accepted: state = .accepted
        case .started: state = .running
        case .refused:
            state = .notStarted
            freeIn = report.freeInMilliseconds.map { Int64(clamping: $0) }
        case .unknown: state = .unknown
        case .ended:
            endedAt = report.endedAt?.inReach?.milliseconds
            outputBytes = report.outputBytes
            droppedBytes = report.droppedBytes
            exitStatus = report.exitStatus
            state =
                report.cause == .timeout
                ? .timedOut : report.cause == .none && report.exitStatus == 0 ? .succeeded : .failed
        }
    }
}
