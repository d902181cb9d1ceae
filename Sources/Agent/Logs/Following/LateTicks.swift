import RequestLogs
import Telemetry

/// What backlogs told, as ticks of the past that wait to be sent: each service's counters as they stood at the end of each of
/// its windows, quiet ones among them, and before the first.
struct LateTicks {
    private struct Step {
        /// Of each service that is told of at this moment; nil where its window was quiet.
        var changes: [(service: Int, counts: Change)] = []
    }

    private enum Change {
        case base(RequestCounts)
        case window(PastWindows.Window)
        case quiet
    }

    /// By time in milliseconds; `times` are in falling order.
    private var steps: [Int64: Step] = [:]
    private var times: [Int64] = []
    private var names: [String] = []
    private var running: [RequestCounts?] = []

    var isEmpty: Bool { times.isEmpty }

    /// Whether ticks of this service wait.
    func holds(_ service: Int) -> Bool {
        running.indices.contains(service) && running[service] != nil
    }

    /// Takes what news have of the past out of them.
    mutating func take(_ news: inout LogNews) {
        var hasNew = false
        for place in news.services.indices {
            while names.count <= place {
                names.append(news.services[names.count].name)
                running.append(nil)
            }
            guard let past = news.services[place].past else { continue }
            news.services[place].past = nil
            add(past, place, before: news.wall.milliseconds)
            hasNew = true
        }
        if hasNew { times = steps.keys.sorted(by: >) }
    }

    private mutating func add(_ past: ServiceLog.Past, _ place: Int, before now: Int64) {
        guard let first = past.windows.first else { return }
        let width = past.widthMilliseconds
        var moment = first.end - width
        if !holds(place) {
            running[place] = past.base
            steps[moment, default: Step()].changes.append((place, .base(past.base)))
        }
        for window in past.windows {
            while moment + width < window.end {
                moment += width
                steps[moment, default: Step()].changes.append((place, .quiet))
            }
            // The last one is not over yet.
            moment = min(window.end, now)
            steps[moment, default: Step()].changes.append((place, .window(window)))
        }
    }

    /// The oldest moment that waits, and what is told of it.
    mutating func next() -> (time: Timestamp, news: LogNews)? {
        guard let time = times.popLast(), let step = steps.removeValue(forKey: time) else { return nil }
        var services = names.map {
            LogNews.Service(
                name: $0, totals: RequestCounts(), lag: 0, files: nil, unreadable: 0, isTold: false)
        }
        for (place, change) in step.changes {
            switch change {
            case .base(let counts): running[place] = counts
            case .window(let window): running[place]?.add(window.counts)
            case .quiet: break
            }
            services[place] = LogNews.Service(
                name: names[place], totals: running[place] ?? RequestCounts(), lag: 0, files: nil,
                unreadable: 0)
        }
        if times.isEmpty { running = running.map { _ in nil } }
        return (Timestamp(milliseconds: time), LogNews(late: services))
    }
}
