// swift-tools-version: 6.2
// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import PackageDescription

// The targets are the arrows of the design: nothing imports up or sideways, and `make lint` builds with
// --explicit-target-dependency-import-check error so that an import that is not listed here fails.

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // unsafeFlags: there is no setting for it. Overlapping accesses are looked for by every debug build, that is by all
    // tests; the check costs a tenth of the time of a small datagram.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let package = Package(
    name: "gdtls-swift",
    products: [
        .library(name: "gdtls-swift", type: .dynamic, targets: ["GDtlsSwift"]),
        .library(name: "giogdtls-swift", type: .dynamic, targets: ["GIOModule"]),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPKCS11"),
        .systemLibrary(name: "CGIO", pkgConfig: "gio-unix-2.0", providers: [.apt(["libglib2.0-dev"])]),
        // The public header, by which the compiler holds our C functions to what it declares.
        .systemLibrary(name: "CGdtlsSwift", path: "include"),
        .target(name: "DTLSEngine", dependencies: ["COpenSSL", "CPKCS11"], swiftSettings: swiftSettings),
        .target(name: "GObjectKit", dependencies: ["CGIO"], swiftSettings: swiftSettings),
        .target(
            name: "GDtlsSwift",
            dependencies: ["DTLSEngine", "GObjectKit", "CGIO", "CGdtlsSwift"],
            exclude: ["exports.map"],
            swiftSettings: swiftSettings,
            linkerSettings: [
                // unsafeFlags: SwiftPM has no setting for a SONAME, a version script or -z nodelete. We live in
                // other people's processes: one name to find us by, no symbol but our own, never unmapped, and
                // the Swift runtime inside so that nobody has to install it.
                .unsafeFlags([
                    "-static-stdlib",
                    "-Xlinker", "-soname=libgdtls-swift.so.0",
                    "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/GDtlsSwift/exports.map",
                    "-Xlinker", "-z", "-Xlinker", "nodelete",
                ])
            ]
        ),
        .target(
            name: "GIOModule",
            dependencies: ["CGIO"],
            exclude: ["exports.map"],
            publicHeadersPath: ".",
            linkerSettings: [
                // Every TLS program loads the module: it is C, and must not bring the Swift runtime along; see linking.c.
                .unsafeFlags([
                    "-nostartfiles", "-no-toolchain-stdlib-rpath",
                    // Without one its table of versions would be named after the folder that it was built in.
                    "-Xlinker", "-soname=libgiogdtls-swift.so",
                    "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/GIOModule/exports.map",
                    "-Xlinker", "-z", "-Xlinker", "nodelete",
                ])
            ]
        ),
        // Answers libssl's gettimeofday in the test executable with a time of the test's own.
        .target(name: "CVirtualClock", path: "Tests/CVirtualClock"),
        // What the fuzzers run (Scripts/fuzz.sh builds those), for the tests to run on the corpora.
        .target(name: "CFixedRandom", path: "Tests/fuzz/CFixedRandom"),
        .target(
            name: "FuzzTargets",
            dependencies: ["DTLSEngine", "CVirtualClock", "CFixedRandom"],
            path: "Tests/fuzz/Targets"
        ),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], path: "Tests/fuzz/Replay"),
        // Two engines and a network that treats them badly, for the tests.
        .target(
            name: "VirtualNetwork",
            dependencies: ["DTLSEngine", "COpenSSL", "CVirtualClock"],
            path: "Tests/VirtualNetwork",
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "DTLSEngineTests", dependencies: ["DTLSEngine", "COpenSSL", "VirtualNetwork"]),
        .testTarget(name: "GObjectKitTests", dependencies: ["GObjectKit", "CGIO"]),
        .systemLibrary(name: "CGdtlsSwiftFunctions", path: "Tests/CGdtlsSwiftFunctions"),
        .testTarget(
            name: "GDtlsSwiftTests",
            dependencies: ["CGIO", "CGdtlsSwift", "CGdtlsSwiftFunctions", "GObjectKit"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzzers need libfuzzer's runtime, and nobody else wants it: Scripts/fuzz.sh asks for them.
if Context.environment["GDTLS_SWIFT_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/fuzz/CLibFuzzer"),
        .executableTarget(name: "fuzz", dependencies: ["FuzzTargets", "CLibFuzzer"], path: "Tests/fuzz/Entry"),
    ]
}

// The fault matrix, which is nobody's to install: Scripts/hostile.sh asks for it.
if Context.environment["GDTLS_SWIFT_HOSTILE"] != nil {
    package.targets += [
        .systemLibrary(name: "CMalloc", path: "Tests/hostile/CMalloc"),
        .executableTarget(
            name: "hostile",
            dependencies: ["DTLSEngine", "VirtualNetwork", "CMalloc"],
            path: "Tests/hostile",
            exclude: ["CMalloc"],
            swiftSettings: swiftSettings
        ),
    ]
}
