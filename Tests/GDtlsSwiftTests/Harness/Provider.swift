// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Glibc
import Testing

/// The provider as programs get it: GIO opens the module of this build, and the module opens the library.
enum Provider {
    /// Makes GIO use this build, once for the process, and gives the default backend.
    ///
    /// Call it first in each test: GIO looks at its environment once, when it first needs a backend.
    @discardableResult
    static func load() throws -> OpaquePointer {
        try #require(loaded.backend, "GIO has no TLS backend")
    }

    /// Whether the library was there when GIO had opened the module and not yet asked for the backend.
    static var moduleOpenedLibrary: Bool { loaded.moduleOpenedLibrary }

    /// The folder of this build's products: the test runner is one of them.
    static let buildFolder: String = {
        let path = realpath("/proc/self/exe", nil)
        defer { free(path) }
        return path.map { String(cString: $0) }?.parentFolder ?? "."
    }()

    /// Whether the process has mapped a file of this name.
    static func isMapped(_ file: String) -> Bool {
        ((try? readFile("/proc/self/maps")) ?? "").contains("/" + file)
    }

    private struct Loaded: @unchecked Sendable {
        // Unchecked Sendable: GIO's backend lives as long as the process, and is thread-safe.
        var backend: OpaquePointer?
        var moduleOpenedLibrary = false
    }

    private static let loaded: Loaded = {
        guard let folder = try? TemporaryFolder() else { return Loaded() }
        try? folder.link(buildFolder + "/libgiogdtls-swift.so", as: "libgiogdtls-swift.so")
        g_setenv("GIO_MODULE_DIR", folder.path, 1)
        g_setenv("GIO_USE_TLS", "gdtls-swift", 1)
        g_unsetenv("GIO_EXTRA_MODULES")
        // GIO checks with criticals what its vfuncs promise.
        g_log_set_always_fatal(GLogLevelFlags(rawValue: G_LOG_LEVEL_CRITICAL.rawValue | G_LOG_LEVEL_ERROR.rawValue))
        var loaded = Loaded()
        // Any extension point makes GIO open its modules.
        g_vfs_get_default()
        loaded.moduleOpenedLibrary = isMapped("libgdtls-swift.so")
        loaded.backend = g_tls_backend_get_default()
        return loaded
    }()
}
