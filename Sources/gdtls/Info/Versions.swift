// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// The versions of what this process runs with.
struct Versions {
    let library = String(cString: gdtls_swift_version())
    /// Where the library was found.
    let libraryFile = Self.loadedFile("libgdtls-swift.so")
    let glib = "\(glib_major_version).\(glib_minor_version).\(glib_micro_version)"
    let libssl: String

    init() {
        // The library brings libssl along, but has no words for its version.
        typealias Version = @convention(c) (Int32) -> UnsafePointer<CChar>?
        let version = dlsym(nil, "OpenSSL_version").map { unsafeBitCast($0, to: Version.self) }
        libssl = version?(0).map { String(cString: $0) } ?? "unknown"
    }

    /// The file of a library that this process has loaded.
    ///
    /// - Parameter name: how the file's name begins.
    /// - Returns: its path.
    static func loadedFile(_ name: String) -> String? {
        var maps: UnsafeMutablePointer<CChar>?
        guard g_file_get_contents("/proc/self/maps", &maps, nil, nil) != 0 else { return nil }
        let paths = takeString(maps)?.split(separator: "\n").compactMap { line in
            line.firstIndex(of: "/").map { String(line[$0...]) }
        }
        return paths?.first { $0.split(separator: "/").last?.hasPrefix(name) == true }
    }
}
