// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// The engine `pkcs11` of libp11, for OpenSSL 3 without the provider; OpenSSL 4 has no engines.
///
/// An engine knows one module, and OpenSSL loads an engine once in a process, for the application too: so each module gets
/// a twin of it, with a state of its own. It is in no list, where OpenSSL would clean it up at the end of the process while
/// the module may be gone, and is never freed.
///
/// Unchecked Sendable: the engine locks its sessions, and whoever loads keys comes one at a time.
final class EngineBridge: PKCS11Bridge, @unchecked Sendable {
    private let engine: OpaquePointer

    /// Loads the engine; `nil` where it is not installed.
    init?(modulePath: String) {
        // One for each twin: none of these references is ever given back.
        guard let original = OpenSSL.call(failure: nil, { COpenSSL_ENGINE_by_id("pkcs11") }),
            let twin = OpenSSL.call(failure: nil, { COpenSSL_ENGINE_twin(original) })
        else { return nil }
        let isReady =
            Self.command(twin, "MODULE_PATH", modulePath) && Self.command(twin, "QUIET", nil)
            // It would ask for a PIN while it signs, too.
            && OpenSSL.call(failure: 0) { COpenSSL_ENGINE_set_user_interface(twin, PKCS11Bridges.silence) } == 1
            && OpenSSL.call(failure: 0) { COpenSSL_ENGINE_init(twin) } == 1
        guard isReady else {
            COpenSSL_ENGINE_free(twin)
            return nil
        }
        engine = twin
    }

    func key(_ uri: String) throws(OpenSSLError) -> EVPKey {
        if let key = load(uri) { return EVPKey(pointer: key) }
        // It may have looked for tokens before this one was inserted.
        _ = Self.command(engine, "RE_ENUMERATE", nil)
        guard let key = load(uri) else { throw OpenSSLError.drain() }
        return EVPKey(pointer: key)
    }

    private func load(_ uri: String) -> OpaquePointer? {
        OpenSSL.call(failure: nil) { COpenSSL_ENGINE_load_private_key(engine, uri, PKCS11Bridges.silence) }
    }

    private static func command(_ engine: OpaquePointer, _ name: String, _ argument: String?) -> Bool {
        OpenSSL.call(failure: 0) { COpenSSL_ENGINE_ctrl_cmd_string(engine, name, argument) } == 1
    }
}
