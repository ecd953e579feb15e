// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// The provider `pkcs11` (package pkcs11-provider), in a library context of its own for each module.
///
/// A context of its own, because the provider offers digests and random numbers too, and the application has not asked
/// for those to come from a token. The context is never freed: keys of it may live until the process ends.
///
/// Unchecked Sendable: nothing changes the context after `init`.
final class ProviderBridge: PKCS11Bridge, @unchecked Sendable {
    private let context: OpaquePointer

    /// Loads the provider; `nil` where it is not installed.
    init?(modulePath: String) {
        guard let configuration = Self.configuration(modulePath), let context = OSSL_LIB_CTX_new() else { return nil }
        guard Self.load(configuration, into: context), OSSL_PROVIDER_available(context, "pkcs11") == 1 else {
            OSSL_LIB_CTX_free(context)
            return nil
        }
        self.context = context
    }

    func key(_ uri: String) throws(OpenSSLError) -> EVPKey {
        let store = try OpenSSL.make {
            OSSL_STORE_open_ex(uri, context, "provider=pkcs11", PKCS11Bridges.silence, nil, nil, nil, nil)
        }
        defer { OSSL_STORE_close(store) }
        OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY)
        while OSSL_STORE_eof(store) == 0 {
            guard let entry = OpenSSL.call(failure: nil, { OSSL_STORE_load(store) }) else { break }
            defer { OSSL_STORE_INFO_free(entry) }
            if let key = OSSL_STORE_INFO_get1_PKEY(entry) { return EVPKey(pointer: key) }
        }
        throw OpenSSLError.drain()
    }

    /// A configuration as in openssl.cnf: OpenSSL 3.0 has no other way to tell a provider its parameters.
    private static func configuration(_ modulePath: String) -> String? {
        guard modulePath.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        let special = #"\$#'"`;"#
        let path = modulePath.map { special.contains($0) ? "\\\($0)" : String($0) }.joined()
        return """
            openssl_conf = all
            [all]
            providers = names
            [names]
            default = algorithms
            pkcs11 = tokens
            [algorithms]
            activate = 1
            [tokens]
            activate = 1
            pkcs11-module-path = \(path)

            """
    }

    private static func load(_ text: String, into context: OpaquePointer) -> Bool {
        OPENSSL_load_builtin_modules()
        guard let configuration = NCONF_new_ex(context, nil) else { return false }
        defer { NCONF_free(configuration) }
        var text = text
        return text.withUTF8 { bytes in
            guard let source = try? OwnedBIO(reading: bytes) else { return false }
            var line = 0
            return OpenSSL.call(failure: 0) { NCONF_load_bio(configuration, source.pointer, &line) } == 1
                && OpenSSL.call(failure: 0) { CONF_modules_load(configuration, nil, 0) } == 1
        }
    }
}
