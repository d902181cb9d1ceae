import Telemetry
import TestSupport
import Wire

// A fuzz target is two programs in one file. `make fuzz` defines FUZZING and links libFuzzer, which
// brings its own main and calls LLVMFuzzerTestOneInput; otherwise `main` makes a short run of seeded
// mutations, which FuzzSmokeTests calls in every `make test`. Other parsers' targets follow this pattern.
#if FUZZING
    @_cdecl("LLVMFuzzerTestOneInput")
    public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        FrameOracle.check(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
#else
    @main struct FrameFuzz {
        /// Usage: FrameFuzz [ROUNDS [SEED]]
        static func main() {
            let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
            let rounds = numbers.first ?? 2000
            let seed = numbers.dropFirst().first ?? 1
            var mutator = FrameMutator(seed: seed)
            for _ in 0..<rounds { FrameOracle.check(mutator.next()) }
            print("FrameFuzz: \(rounds) inputs from seed \(seed), \(FrameOracle.messages) messages")
        }
    }
#endif
