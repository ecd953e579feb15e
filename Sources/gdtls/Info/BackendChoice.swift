// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Which TLS backend GIO takes in this environment, and why.
struct BackendChoice {
    let wanted = environment("GIO_USE_TLS")
    let folders = ModuleFolder.all()
    /// The type of the backend that GIO has taken.
    let type: String

    init() {
        let backend = Object(retaining: UnsafeMutableRawPointer(g_tls_backend_get_default()))
        type = backend?.typeName ?? "none"
    }

    var isOurs: Bool { type == "GTlsBackendGdtlsSwift" }

    /// Why it is taken, or is not, and what to do.
    var reason: String {
        let found = folders.first { $0.hasModule }
        if isOurs { return "GIO_USE_TLS asks for it, and the module is in \(found?.path ?? "a folder of GIO's")" }
        let beside = ModuleFolder.besideLibrary()
        let folder = found?.path ?? folders.last?.path ?? ""
        switch (wanted, found) {
        case ("gdtls-swift", nil):
            return "GIO_USE_TLS asks for it, but no folder of GIO's has \(ModuleFolder.module): "
                + (beside.map { "set GIO_EXTRA_MODULES=\($0)" } ?? "name the folder that has by GIO_EXTRA_MODULES")
        case ("gdtls-swift", .some):
            return "GIO_USE_TLS asks for it and \(folder) has the module, but it found no library to open: see whether "
                + "libgdtls-swift.so.0 is where it was installed"
        case (_, nil):
            return "nobody asks for it, and no folder of GIO's has the module: set GIO_USE_TLS=gdtls-swift, and "
                + (beside.map { "GIO_EXTRA_MODULES=\($0)" }
                    ?? "GIO_EXTRA_MODULES to the folder with \(ModuleFolder.module)")
        case (nil, .some):
            return "nobody asks for it: set GIO_USE_TLS=gdtls-swift"
        case (.some(let other), .some):
            return "GIO_USE_TLS asks for \(other): set it to gdtls-swift"
        }
    }
}
