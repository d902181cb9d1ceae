import RequestLogs
import TestSupport

// Two programs in one file, as FrameFuzz explains.
#if FUZZING
    @_cdecl("LLVMFuzzerTestOneInput")
    public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        LogOracle.check(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
#else
    @main struct LogFuzz {
        /// Usage: LogFuzz [ROUNDS [SEED]]
        static func main() {
            let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
            let rounds = numbers.first ?? 2000
            let seed = numbers.dropFirst().first ?? 1
            var mutator = LogMutator(seed: seed)
            for _ in 0..<rounds { LogOracle.check(mutator.next()) }
            print("LogFuzz: \(rounds) inputs from seed \(seed), \(LogOracle.requests) requests")
        }
    }
#endif
