// swift-tools-version: 6.2
import Foundation
import PackageDescription

// One target per room; imports point down only. The README's map says what each room is for.

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "sluice",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "sluice", targets: ["sluice"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.0.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // 0: C libraries
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // 1: ideas
        .target(name: "Jobs"),
        .target(name: "LagoEvents"),
        .target(name: "Money"),
        .target(
            name: "Notices",
            dependencies: ["LagoEvents", "Money", mustache],
            exclude: ["Embedded"],
            plugins: ["EmbedFiles"]
        ),
        .target(name: "Rules", dependencies: ["LagoEvents", "Money"]),
        .target(name: "Settings", dependencies: ["Money", "Rules", "Signatures", configuration, system]),
        .target(name: "Signatures", dependencies: ["CLibCrypto"]),
        .target(name: "Telemetry", dependencies: [logging, metrics, system]),

        // 2: state and peers
        .target(name: "LagoAPI", dependencies: ["Money", "Settings", "Transport", logging]),
        .target(name: "Mail", dependencies: ["Settings", "Signatures", "Transport"]),
        .target(name: "Store", dependencies: ["Jobs", "LagoEvents", grdb, nioPosix, system]),
        .target(name: "Transport", dependencies: ["CLibCurl"]),

        // 3: surfaces
        .target(
            name: "Dashboard",
            dependencies: ["LagoAPI", "Notices", "Signatures", "Store", httpTypes, hummingbird, logging, nioCore]
        ),
        .target(
            name: "Proxy",
            dependencies: [
                "Jobs", "LagoAPI", "LagoEvents", "Money", "Notices", "Rules", "Settings", "Signatures", "Store",
                "Telemetry", "Transport", httpTypes, hummingbird, jwtKit, lifecycle, logging, metrics, nioCore,
            ],
            exclude: ["Embedded"],
            plugins: ["EmbedFiles"]
        ),
        .target(
            name: "Receiver",
            dependencies: [
                "LagoAPI", "LagoEvents", "Settings", "Signatures", "Store", "Telemetry", httpTypes, hummingbird,
                hummingbirdCore, lifecycle, logging, metrics, nioCore, nioHTTP1, nioHTTPTypes,
            ]
        ),
        .target(
            name: "Sandbox",
            dependencies: ["Money", "Signatures", "Transport", httpTypes, hummingbird, lifecycle, logging, nioCore],
            exclude: ["Embedded"],
            plugins: ["EmbedFiles"]
        ),
        .target(
            name: "Worker",
            dependencies: [
                "Jobs", "LagoAPI", "LagoEvents", "Mail", "Money", "Notices", "Rules", "Settings", "Signatures", "Store",
                "Telemetry", lifecycle, logging, metrics,
            ]
        ),

        // 4: the house
        .executableTarget(
            name: "sluice",
            dependencies: [
                "Dashboard", "Jobs", "LagoAPI", "LagoEvents", "Mail", "Money", "Notices", "Proxy", "Receiver", "Rules",
                "Sandbox", "Settings", "Signatures", "Store", "Telemetry", "Transport", "Worker", argumentParser,
                hummingbird,
                hummingbirdCore,
                lifecycle, logging, metrics, nioCore,
                unixSignals,
            ]
        ),

        // Files that are compiled into the binary: the plugin finds them, the generator writes the Swift.
        .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed-files"]),
        .executableTarget(name: "embed-files", path: "Plugins/embed-files"),

        // Tests mirror the rooms; TestSupport is what they share.
        .target(
            name: "TestSupport",
            dependencies: ["Sandbox", "Signatures", logging, nioCore, nioPosix],
            path: "Tests/TestSupport",
            exclude: ["Python"]
        ),
        .testTarget(name: "JobsTests", dependencies: ["Jobs"]),
        .testTarget(
            name: "LagoAPITests",
            dependencies: ["LagoAPI", "Money", "Sandbox", "Settings", "TestSupport", "Transport", logging]
        ),
        .testTarget(name: "LagoEventsTests", dependencies: ["LagoEvents"]),
        .testTarget(
            name: "ProxyTests",
            dependencies: [
                "Jobs", "LagoAPI", "LagoEvents", "Money", "Proxy", "Receiver", "Rules", "Sandbox", "Settings",
                "Signatures", "Store", "Telemetry", "TestSupport", "Transport", "Worker", httpTypes, hummingbird,
                jwtKit,
                lifecycle, logging, metrics, nioCore,
            ]
        ),
        .testTarget(
            name: "ReceiverTests",
            dependencies: [
                "LagoAPI", "LagoEvents", "Receiver", "Sandbox", "Settings", "Signatures", "Store", "Telemetry",
                "TestSupport",
                "Transport", hummingbird, lifecycle, logging, metrics, nioCore, system,
            ]
        ),
        .testTarget(
            name: "MailTests",
            dependencies: ["Mail", "Money", "Notices", "Settings", "Signatures", "TestSupport", "Transport"]
        ),
        .testTarget(name: "MoneyTests", dependencies: ["Money"]),
        .testTarget(
            name: "NoticesTests",
            dependencies: ["Money", "Notices", "Rules", "TestSupport", mustache],
            exclude: ["Golden"]
        ),
        .testTarget(name: "RulesTests", dependencies: ["LagoEvents", "Money", "Rules", "TestSupport"]),
        .testTarget(
            name: "SandboxTests",
            dependencies: ["Money", "Sandbox", "Signatures", "TestSupport", "Transport", lifecycle, logging]
        ),
        .testTarget(
            name: "SettingsTests",
            dependencies: ["Money", "Rules", "Settings", "Signatures", "TestSupport"]
        ),
        .testTarget(name: "SignaturesTests", dependencies: ["Signatures"]),
        .testTarget(
            name: "SluiceTests",
            dependencies: [
                "Jobs", "LagoAPI", "LagoEvents", "Proxy", "Rules", "Sandbox", "Settings", "Signatures", "Store",
                "Telemetry", "TestSupport", "Transport", "sluice", grdb, httpTypes, nioCore, nioPosix,
            ]
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Jobs", "LagoEvents", "Signatures", "Store", "TestSupport", grdb],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", "TestSupport", logging, metrics, system]),
        .testTarget(name: "TransportTests", dependencies: ["TestSupport", "Transport"]),
        .testTarget(
            name: "WorkerTests",
            dependencies: [
                "Jobs", "LagoAPI", "LagoEvents", "Money", "Rules", "Sandbox", "Settings", "Store", "Telemetry",
                "TestSupport", "Transport", "Worker", lifecycle, logging, metrics,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// `make bench` builds these; nobody else waits for them.
if ProcessInfo.processInfo.environment["BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "sluice-bench",
            dependencies: [
                "Jobs", "LagoAPI", "LagoEvents", "Mail", "Rules", "Sandbox", "Settings", "Signatures", "Store",
                "Telemetry", "Transport", "Worker", grdb, lifecycle, logging, metrics, nioCore, nioPosix, system,
            ],
            path: "Benchmarks/SluiceBench"
        )
    )
}

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),  // a room's imports are its own affair
        .enableUpcomingFeature("MemberImportVisibility"),  // use a module, import it
        .strictMemorySafety(),  // unsafe code says `unsafe`, and can be grepped
    ]
}
