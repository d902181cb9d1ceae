import Agent
import TestSupport

// Built as Tests/Fuzz/FrameFuzz is: libFuzzer's program with FUZZING, else a short seeded run that tests call.
#if FUZZING
    @_cdecl("LLVMFuzzerTestOneInput")
    public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        ConfigurationOracle.check(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
#else
    @main struct ConfigurationFuzz {
        /// Usage: ConfigurationFuzz [ROUNDS [SEED]]
        static func main() {
            let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
            let rounds = numbers.first ?? 2000
            let seed = numbers.dropFirst().first ?? 1
            var mutator = ConfigurationMutator(seed: seed)
            for _ in 0..<rounds { ConfigurationOracle.check(mutator.next()) }
            print("ConfigurationFuzz: \(rounds) inputs from seed \(seed), \(ConfigurationOracle.right) right")
        }
    }
#endif
