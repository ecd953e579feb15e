// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL
package import DTLSEngine

/// Throw-away identities, made once for the whole run.
package enum Identity {
    package static let server = selfSigned(name: "server.example", curve: NID_X9_62_prime256v1)
    package static let client = selfSigned(name: "client.example", curve: NID_X9_62_prime256v1)
    /// Somebody who is neither.
    package static let stranger = selfSigned(name: "stranger.example", curve: NID_X9_62_prime256v1)
    /// A chain of several KiB, so that the server's flight fills more than one datagram at any MTU.
    package static let large = selfSigned(
        name: String(repeating: "long.", count: 10) + "example",
        curve: NID_secp384r1,
        padding: 3000
    )
    /// A chain of more than one record's room.
    package static let huge = selfSigned(name: "huge.example", curve: NID_X9_62_prime256v1, padding: 20_000)
    /// A chain nearly as large as is taken.
    package static let largest = selfSigned(name: "largest.example", curve: NID_X9_62_prime256v1, padding: 32_000)

    /// A new key and a certificate that it signs itself, good for a day.
    ///
    /// - Parameters:
    ///   - name: the subject's common name.
    ///   - curve: the key's curve, as OpenSSL numbers it; `nil`: RSA with 2,048 bits.
    ///   - padding: bytes of a comment extension, to make the certificate as large as the test wants it.
    /// - Returns: the certificate as a chain of one, with its key.
    package static func selfSigned(name: String, curve: Int32?, padding: Int = 0) -> Credentials {
        guard let key = newKey(curve), let x509 = X509_new() else { fatalError("libcrypto has no memory") }
        defer {
            X509_free(x509)
            EVP_PKEY_free(key)
        }
        X509_set_version(x509, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1)
        X509_gmtime_adj(X509_getm_notBefore(x509), -3600)
        X509_gmtime_adj(X509_getm_notAfter(x509), 24 * 3600)
        X509_set_pubkey(x509, key)
        let subject = X509_get_subject_name(x509)
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, Int32(name.utf8.count), -1, 0)
        X509_set_issuer_name(x509, subject)
        if padding > 0 {
            let comment = X509V3_EXT_conf_nid(nil, nil, NID_netscape_comment, String(repeating: "x", count: padding))
            X509_add_ext(x509, comment, -1)
            X509_EXTENSION_free(comment)
        }
        X509_sign(x509, key, EVP_sha256())
        do {
            let certificate = try X509Certificate(der: encoded { i2d_X509(x509, $0) })
            return Credentials(chain: [certificate], key: try PrivateKey(der: encoded { i2d_PrivateKey(key, $0) }))
        } catch {
            fatalError("libcrypto does not read what it wrote: \(error)")
        }
    }

    private static func encoded(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(write(nil))) { buffer, count in
            var cursor = buffer.baseAddress
            count = Int(write(&cursor))
        }
    }

    private static func newKey(_ curve: Int32?) -> OpaquePointer? {
        let context = EVP_PKEY_CTX_new_id(curve == nil ? EVP_PKEY_RSA : EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        EVP_PKEY_keygen_init(context)
        if let curve { EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, curve) }
        EVP_PKEY_keygen(context, &key)
        return key
    }
}
