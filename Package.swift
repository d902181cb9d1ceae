// swift-tools-version: 6.2
import PackageDescription

// MARTLET_SCOPE=light leaves out the targets that need packages from elsewhere, so that the agent
// and the pure targets build and test in seconds, without a network.
let isLight = Context.environment["MARTLET_SCOPE"] == "light"

let common: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
let house: [SwiftSetting] = common + [.enableUpcomingFeature("MemberImportVisibility")]
// What reads hostile bytes shows each unsafe expression.
let guarded: [SwiftSetting] = house + [.strictMemorySafety()]

/// One library target; the arrows are the table in docs/architecture.md, held by TidyTests.
func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = house
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], swiftSettings: house)
}

let light: [Target] = [
    .target(name: "CLinux"),
    .systemLibrary(name: "CBytes"),
    .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    library("Telemetry"),
    library("Text"),
    library("Canvas", ["Text"]),
    library("Wire", ["Telemetry"], settings: guarded),
    library("RequestLogs", ["Telemetry", "Text", "CBytes"], settings: guarded),
    library("Fleet", ["Telemetry", "Text"]),
    library("Curses", ["Canvas", "CNcurses", "CLinux"]),
    library(
        "Agent", ["Telemetry", "Wire", "RequestLogs", "Text", "CLinux", "CZlib", "CZstd"], settings: guarded),
    library("Alerts", ["Telemetry", "Fleet"]),
    library("Rollouts", ["Fleet"]),
    library("Dashboard", ["Telemetry", "Fleet", "Canvas", "Text"]),
    .executableTarget(
        name: "martlet-agent", dependencies: ["Agent", "Telemetry", "Wire", "Text"],
        swiftSettings: guarded),

    .target(
        name: "TestSupport", dependencies: ["Fleet", "Telemetry", "Text"], path: "Tests/Support",
        swiftSettings: house),
    tests("Telemetry", ["Telemetry"]),
    tests("Text", ["Text"]),
    tests("Canvas", ["Canvas", "Text"]),
    tests("Wire", ["Wire", "Telemetry"]),
    tests("RequestLogs", ["RequestLogs", "Telemetry"]),
    tests("Fleet", ["Fleet", "Telemetry"]),
    tests("Alerts", ["Alerts", "Fleet", "Telemetry"]),
    tests("Rollouts", ["Rollouts", "Fleet"]),
    tests("Curses", ["Curses", "Canvas", "Text", "CLinux"]),
    // Counts what malloc is asked for on one thread, by standing before it in every test program.
    .target(name: "CAllocations", path: "Tests/Allocations"),
    tests(
        "Agent",
        ["Agent", "RequestLogs", "Wire", "Telemetry", "Text", "CLinux", "CAllocations", "TailSupport"]),
    tests("Dashboard", ["Dashboard", "Fleet", "Telemetry", "Canvas", "Text"]),
    tests("Tidy", []),
    // Lines with a known truth: a consumer that counts them, and a process that follows logs until it is killed.
    .target(
        name: "TailSupport", dependencies: ["Agent", "Wire", "Telemetry"], path: "Tests/TailSupport",
        swiftSettings: house),
    .executableTarget(
        name: "TailWorker", dependencies: ["Agent", "Telemetry", "Wire", "TailSupport", "CLinux"],
        path: "Tests/TailWorker", swiftSettings: house),
    // One executable a fuzzed parser: libFuzzer's with FUZZING, else a short seeded run that tests call.
    .executableTarget(
        name: "FrameFuzz", dependencies: ["Wire", "Telemetry", "TestSupport"], path: "Tests/Fuzz/FrameFuzz",
        swiftSettings: house),
    .executableTarget(
        name: "LogFuzz", dependencies: ["RequestLogs", "TestSupport"], path: "Tests/Fuzz/LogFuzz",
        swiftSettings: house),
    .executableTarget(
        name: "InputFuzz", dependencies: ["Curses", "Canvas", "TestSupport"], path: "Tests/Fuzz/InputFuzz",
        swiftSettings: house),
    .executableTarget(
        name: "ProcFuzz", dependencies: ["Agent", "Telemetry", "Wire", "TestSupport"],
        path: "Tests/Fuzz/ProcFuzz", swiftSettings: house),
    .executableTarget(
        name: "ConfigurationFuzz", dependencies: ["Agent", "TestSupport"],
        path: "Tests/Fuzz/ConfigurationFuzz", swiftSettings: house),
]

let full: [Target] = [
    library("Archive", ["Telemetry", .product(name: "GRDB", package: "GRDB.swift")]),
    library(
        "HubClient",
        [
            "Telemetry", "Fleet", "Wire",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
    library(
        "Hub",
        [
            "Telemetry", "Fleet", "Wire", "Alerts", "Rollouts", "Archive", "CLinux",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            .product(name: "Yams", package: "Yams"),
        ]),
    .executableTarget(
        name: "martlet",
        dependencies: [
            "Hub", "HubClient", "Dashboard", "Curses", "Canvas", "Text", "Fleet", "Telemetry", "CLinux",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        swiftSettings: house),
    tests("Archive", ["Archive", "Fleet", "Telemetry"]),
    // A hub's core under clocks that a test moves, and a hub with hooks that tests kill.
    .target(
        name: "HubSupport", dependencies: ["Hub", "Fleet", "Telemetry", "Wire", "TestSupport"],
        path: "Tests/HubSupport", swiftSettings: house),
    .executableTarget(
        name: "AlertWorker",
        dependencies: [
            "Hub", "Archive", "Fleet", "Telemetry", "HubSupport", "TestSupport",
            .product(name: "Logging", package: "swift-log"),
        ],
        path: "Tests/AlertWorker", swiftSettings: house),
    tests(
        "Hub",
        [
            "Hub", "HubClient", "Archive", "Wire", "Fleet", "Telemetry", "Rollouts", "HubSupport",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "Logging", package: "swift-log"),
        ]),
    tests(
        "Martlet",
        [
            "martlet", "Dashboard", "Fleet", "HubClient",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
    tests("EndToEnd", ["Fleet", "HubClient"]),
    .executableTarget(
        name: "martlet-bench",
        dependencies: [
            "Agent", "Hub", "Wire", "Dashboard", "Curses", "Canvas", "Fleet", "Telemetry", "Text", "CLinux",
            "CAllocations", "TestSupport",
        ],
        // Beside the hub's packages timespec is CDispatch's, which nobody imports: members are visible here from anywhere.
        path: "Benchmarks", exclude: ["Results"], swiftSettings: common),
]

let package = Package(
    name: "martlet",
    dependencies: isLight
        ? []
        : [
            .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
            .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
            .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
            .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
            .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
            .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
            .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        ],
    targets: light + (isLight ? [] : full),
    swiftLanguageModes: [.v6]
)
