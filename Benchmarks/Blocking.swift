import Dispatch
import Synchronization

/// What asynchronous work comes to, for a part of the benchmark that is none; blocks until it has ended.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value {
    let result = Mutex<Value?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    Task.detached {
        let value = await work()
        result.withLock { $0 = value }
        isDone.signal()
    }
    while true {
        isDone.wait()
        if let value = result.withLock(\.self) { return value }
    }
}
