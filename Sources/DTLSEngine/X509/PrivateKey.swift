// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// A private key: immutable, shared freely between threads.
///
/// Reading a key never asks anybody for a passphrase: an encrypted key is an error.
///
/// Unchecked Sendable: nothing changes the EVP_PKEY after `init`, and libcrypto locks the caches that it keeps inside.
public final class PrivateKey: @unchecked Sendable {
    /// The `EVP_PKEY *`, owned; valid for as long as this object is.
    let pointer: OpaquePointer

    /// The session with the token that the key is in; `nil` for a key in memory.
    public let session: PKCS11Session?

    /// Shares a key that somebody else owns too.
    ///
    /// - Parameter pointer: an `EVP_PKEY *`; gains a reference.
    convenience init(retaining pointer: OpaquePointer) {
        EVP_PKEY_up_ref(pointer)
        self.init(taking: pointer)
    }

    /// Takes over a key.
    ///
    /// - Parameter pointer: an `EVP_PKEY *`; the caller's reference becomes this object's.
    convenience init(taking pointer: OpaquePointer) {
        self.init(taking: pointer, of: nil)
    }

    /// Takes over a key that stays in a token.
    ///
    /// - Parameters:
    ///   - pointer: an `EVP_PKEY *`; the caller's reference becomes this object's.
    ///   - session: the session with the token, which ends with the key.
    init(taking pointer: OpaquePointer, of session: PKCS11Session?) {
        self.pointer = pointer
        self.session = session
    }

    /// Parses an unencrypted key.
    ///
    /// The corresponding C function is `d2i_AutoPrivateKey`.
    ///
    /// - Parameter der: PKCS#8 or the algorithm's own form (PKCS#1 for RSA, SEC 1 for EC).
    /// - Throws: ``OpenSSLError`` where `der` is anything else.
    public convenience init(der: some Collection<UInt8>) throws(OpenSSLError) {
        let key = try withContiguousBytes(of: der) { bytes throws(OpenSSLError) in
            var cursor = bytes.baseAddress
            return try OpenSSL.make { d2i_AutoPrivateKey(nil, &cursor, bytes.count) }
        }
        self.init(taking: key)
    }

    /// Parses the first unencrypted key of a PEM text.
    ///
    /// The corresponding C function is `PEM_read_bio_PrivateKey`.
    ///
    /// - Parameter pem: text with a `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY` block.
    /// - Throws: ``OpenSSLError`` where there is none, or where it is encrypted.
    public convenience init(pem: some Collection<UInt8>) throws(OpenSSLError) {
        let key = try withContiguousBytes(of: pem) { bytes throws(OpenSSLError) in
            let source = try OwnedBIO(reading: bytes)
            // Without a callback of ours libcrypto would ask on the terminal.
            return try OpenSSL.make { PEM_read_bio_PrivateKey(source.pointer, nil, { _, _, _, _ in -1 }, nil) }
        }
        self.init(taking: key)
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// The key as unencrypted PKCS#8 in DER, whatever form it was read from.
    ///
    /// The corresponding C functions are `EVP_PKEY2PKCS8` and `i2d_PKCS8_PRIV_KEY_INFO`.
    ///
    /// - Throws: ``OpenSSLError`` for a key that cannot leave its place, such as one in hardware.
    public var pkcs8DER: SecretBytes {
        get throws(OpenSSLError) {
            let info = try pkcs8()
            defer { PKCS8_PRIV_KEY_INFO_free(info) }
            let size = i2d_PKCS8_PRIV_KEY_INFO(info, nil)
            guard size > 0 else { throw OpenSSLError.drain() }
            let bytes = SecretBytes(count: Int(size))
            var cursor: UnsafeMutablePointer<UInt8>? = bytes.start
            guard i2d_PKCS8_PRIV_KEY_INFO(info, &cursor) == size else { throw OpenSSLError.drain() }
            return bytes
        }
    }

    /// The key as unencrypted PKCS#8 in PEM, whatever form it was read from.
    ///
    /// The corresponding C function is `PEM_write_bio_PKCS8_PRIV_KEY_INFO`.
    ///
    /// - Throws: ``OpenSSLError`` for a key that cannot leave its place, such as one in hardware.
    public var pkcs8PEM: SecretBytes {
        get throws(OpenSSLError) {
            let info = try pkcs8()
            defer { PKCS8_PRIV_KEY_INFO_free(info) }
            let sink = try OwnedBIO()
            try OpenSSL.check { PEM_write_bio_PKCS8_PRIV_KEY_INFO(sink.pointer, info) }
            return sink.readAll()
        }
    }

    private func pkcs8() throws(OpenSSLError) -> OpaquePointer {
        // Some bridges would give out a number of their own instead.
        guard session == nil else { throw OpenSSLError(reason: "the key does not leave its token") }
        return try OpenSSL.make { EVP_PKEY2PKCS8(pointer) }
    }
}
