// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine

/// The PKCS#11 modules of this process, each loaded when the first URI needs it and kept for ever.
enum PKCS11Modules {
    /// A module, and what makes OpenSSL use its keys.
    struct Loaded {
        let module: PKCS11Module
        let bridge: any PKCS11Bridge
    }

    /// By file name, "" for p11-kit's proxy.
    ///
    /// A fork begins anew: modules do not survive it.
    private static let loaded = Guarded<[String: Loaded]>([:])

    /// Held while a PIN is tried or a key is looked up: tries are counted, and bridges take one caller at a time.
    ///
    /// Application code never runs under it.
    private static let turn = Guarded(())

    /// The module that a URI names, or p11-kit's proxy.
    ///
    /// Blocks where it has to be loaded.
    ///
    /// - Throws: ``PKCS11Error``; `notSupported` where the module or a bridge is not installed.
    static func open(for uri: PKCS11URI) throws -> Loaded {
        let name = uri.modulePath ?? ""
        return try loaded.withLock { loaded in
            if let known = loaded[name], known.module.isUsable { return known }
            let module = try PKCS11Module(path: uri.modulePath)
            let new = Loaded(module: module, bridge: try PKCS11Bridges.open(for: module))
            loaded[name] = new
            return new
        }
    }

    /// Runs `body` while nobody else does.
    static func inTurn<R>(_ body: () throws -> R) rethrows -> R {
        try turn.withLock { _ in try body() }
    }
}
