// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Something that makes OpenSSL use a key that stays in a PKCS#11 token.
///
/// It never asks for a PIN: whoever uses it has logged in before, through ``PKCS11Session``.
public protocol PKCS11Bridge: Sendable {
    /// Finds a key; one caller at a time.
    ///
    /// - Parameter uri: names one private key, as exactly as possible.
    /// - Returns: the key (transfer full).
    /// - Throws: ``OpenSSLError``.
    func key(_ uri: String) throws(OpenSSLError) -> EVPKey
}

/// An `EVP_PKEY *` that the receiver owns.
public struct EVPKey {
    let pointer: OpaquePointer
}

/// The bridges that there are.
public enum PKCS11Bridges {
    /// Opens the best bridge that is installed.
    ///
    /// That is OpenSSL's provider `pkcs11`, or else the engine `pkcs11`; the environment variable
    /// `GDTLS_SWIFT_PKCS11` names the only one that may be used, `provider` or `engine`. It reads files, and blocks.
    ///
    /// - Parameter module: the module that it shall use.
    /// - Returns: the bridge, to be kept: it is never closed.
    /// - Throws: ``PKCS11Error`` with the code ``PKCS11Error/Code/notSupported``, which says what to install.
    public static func open(for module: PKCS11Module) throws(PKCS11Error) -> any PKCS11Bridge {
        defer { ERR_clear_error() }
        let only = environment("GDTLS_SWIFT_PKCS11")
        if only ?? "provider" == "provider", let provider = ProviderBridge(modulePath: module.path) { return provider }
        if only ?? "engine" == "engine", let engine = EngineBridge(modulePath: module.path) { return engine }
        throw PKCS11Error(
            .notSupported,
            "Keys in PKCS #11 tokens need OpenSSL's pkcs11 provider or engine: install pkcs11-provider, "
                + "or libengine-pkcs11-openssl for OpenSSL 3 (as Debian calls them)"
        )
    }

    /// A user interface that answers nothing, since OpenSSL's own would ask on the terminal.
    // nonisolated(unsafe): made once and never changed.
    nonisolated(unsafe) static let silence: OpaquePointer? = {
        guard let method = UI_create_method("gdtls-swift asks nobody") else { return nil }
        UI_method_set_reader(method) { _, _ in -1 }
        return method
    }()
}
