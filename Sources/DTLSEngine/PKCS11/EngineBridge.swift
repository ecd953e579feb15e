// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// The engine `pkcs11` of libp11, for OpenSSL 3 without the provider; OpenSSL 4 has no engines.
///
/// Each module gets an ENGINE of its own, which is in no list: what the application does with its engines, and how
/// OpenSSL cleans them up when the process ends, has nothing to do with it. It is never freed.
///
/// Unchecked Sendable: the engine locks its sessions, and whoever loads keys comes one at a time.
final class EngineBridge: PKCS11Bridge, @unchecked Sendable {
    private let engine: OpaquePointer

    /// Loads the engine; `nil` where it is not installed.
    init?(modulePath: String) {
        guard let engine = COpenSSL_ENGINE_by_id("dynamic") else { return nil }
        let folder =
            secure_getenv("OPENSSL_ENGINES") ?? OPENSSL_info(OPENSSL_INFO_ENGINES_DIR).map { .init(mutating: $0) }
        let isReady =
            Self.command(engine, "ID", "pkcs11") && Self.command(engine, "LIST_ADD", "0")
            && Self.command(engine, "DIR_LOAD", "2") && Self.command(engine, "DIR_ADD", folder)
            && Self.command(engine, "LOAD", nil)
            && Self.command(engine, "MODULE_PATH", modulePath) && Self.command(engine, "QUIET", nil)
            && COpenSSL_ENGINE_init(engine) == 1
        guard isReady else {
            COpenSSL_ENGINE_free(engine)
            return nil
        }
        self.engine = engine
    }

    func key(_ uri: String) throws(OpenSSLError) -> EVPKey {
        if let key = load(uri) { return EVPKey(pointer: key) }
        // It may have looked for tokens before this one was inserted.
        _ = Self.command(engine, "RE_ENUMERATE", nil)
        guard let key = load(uri) else { throw OpenSSLError.drain() }
        return EVPKey(pointer: key)
    }

    private func load(_ uri: String) -> OpaquePointer? {
        OpenSSL.call(failure: nil) { COpenSSL_ENGINE_load_private_key(engine, uri, PKCS11Bridges.silence, nil) }
    }

    private static func command(_ engine: OpaquePointer, _ name: String, _ argument: UnsafePointer<CChar>?) -> Bool {
        OpenSSL.call(failure: 0) { COpenSSL_ENGINE_ctrl_cmd_string(engine, name, argument, 0) } == 1
    }
}
