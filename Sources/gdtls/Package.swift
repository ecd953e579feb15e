// swift-tools-version: 6.2
// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import PackageDescription

// The command is a program like any other that uses the library: it knows the public header, and is linked with the
// built library. It is a package of its own because of that, and so that nobody needs the network, or ArgumentParser,
// to build the library. Scripts/build-command.sh builds it.

let root = "\(Context.packageDirectory)/../.."
let library = Context.environment["GDTLS_SWIFT_LIBRARY_DIR"] ?? "\(root)/.build/release"

let package = Package(
    name: "gdtls",
    products: [.executable(name: "gdtls", targets: ["gdtls"])],
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")],
    targets: [
        .systemLibrary(name: "CGdtls", path: "CGdtls", pkgConfig: "gio-unix-2.0"),
        .executableTarget(
            name: "gdtls",
            dependencies: ["CGdtls", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: ".",
            exclude: ["CGdtls"],
            swiftSettings: [
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                // unsafeFlags: the public header is outside this package's folder, where SwiftPM takes no module from.
                .unsafeFlags(["-Xcc", "-fmodule-map-file=\(root)/include/module.modulemap"]),
            ],
            linkerSettings: [
                // unsafeFlags: SwiftPM has no setting for a search path. At run time the library is the one beside the
                // folder of the command (lib, or $LIB: what the system's loader calls it), or one of the system's.
                .unsafeFlags([
                    "-L", library, "-lgdtls-swift", "-no-toolchain-stdlib-rpath",
                    "-Xlinker", "-rpath=$ORIGIN/../lib:$ORIGIN/../$LIB",
                ])
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
