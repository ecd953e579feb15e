// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// An X.509 certificate: immutable, shared freely between threads.
///
/// Two certificates are equal where their DER encodings are.
///
/// Unchecked Sendable: nothing changes the X509 after `init`, which also fills the cache that libcrypto writes late.
public final class X509Certificate: @unchecked Sendable {
    /// The `X509 *`, owned; valid for as long as this object is.
    let pointer: OpaquePointer

    /// Shares a certificate that somebody else owns too.
    ///
    /// - Parameter pointer: an `X509 *`; gains a reference.
    convenience init(retaining pointer: OpaquePointer) {
        X509_up_ref(pointer)
        self.init(taking: pointer)
    }

    /// Takes over a certificate.
    ///
    /// - Parameter pointer: an `X509 *`; the caller's reference becomes this object's.
    init(taking pointer: OpaquePointer) {
        self.pointer = pointer
        // libcrypto parses the extensions on first use, and two first uses at once have met each other there
        // (CVE-2026-84783). Bad extensions are no failure here: verification reports them.
        _ = OpenSSL.call(failure: -1) { X509_check_purpose(pointer, -1, 0) }
        ERR_clear_error()
    }

    /// Parses one certificate.
    ///
    /// The corresponding C function is `d2i_X509`.
    ///
    /// - Parameter der: the DER encoding of one certificate and nothing behind it.
    /// - Throws: ``OpenSSLError`` where `der` is anything else.
    public convenience init(der: some Collection<UInt8>) throws(OpenSSLError) {
        let (certificate, isWhole) = try withContiguousBytes(of: der) { bytes throws(OpenSSLError) in
            var cursor = bytes.baseAddress
            let certificate = try OpenSSL.make { d2i_X509(nil, &cursor, bytes.count) }
            return (certificate, cursor == bytes.baseAddress.map { $0 + bytes.count })
        }
        self.init(taking: certificate)
        guard isWhole else { throw OpenSSLError(reason: "there is more data behind the certificate") }
    }

    /// Parses the first certificate of a PEM text.
    ///
    /// The corresponding C function is `PEM_read_bio_X509`.
    ///
    /// - Parameter pem: text with a `CERTIFICATE` block; other blocks, such as keys, are passed over.
    /// - Throws: ``OpenSSLError`` where there is none, or a broken one.
    public convenience init(pem: some Collection<UInt8>) throws(OpenSSLError) {
        guard let block = try PEM.blocks(of: pem).first(where: { $0.label == "CERTIFICATE" }) else {
            throw OpenSSLError(reason: "there is no CERTIFICATE block in it")
        }
        try self.init(der: block.contents)
    }

    deinit {
        X509_free(pointer)
    }

    /// The DER encoding, byte for byte what was parsed; empty only where memory has run out.
    ///
    /// Complexity: O(n), a copy each time. The corresponding C function is `i2d_X509`.
    public var der: [UInt8] {
        encoded { i2d_X509(pointer, $0) }
    }

    /// The PEM text: one `CERTIFICATE` block with a newline at its end; `nil` only where memory has run out.
    ///
    /// Complexity: O(n). The corresponding C function is `PEM_write_bio_X509`.
    public var pem: String? {
        guard let sink = try? OwnedBIO() else { return nil }
        guard OpenSSL.call(failure: 0, { PEM_write_bio_X509(sink.pointer, pointer) }) == 1 else {
            ERR_clear_error()
            return nil
        }
        return String(validating: sink.readAll(), as: UTF8.self)
    }

    /// Whether `key` is the private half of this certificate's public key.
    ///
    /// The corresponding C function is `X509_check_private_key`.
    public func matches(_ key: PrivateKey) -> Bool {
        let answer = OpenSSL.call(failure: 0) { X509_check_private_key(pointer, key.pointer) }
        ERR_clear_error()
        return answer == 1
    }
}

extension X509Certificate: Hashable {
    /// Whether both are the same certificate, byte for byte.
    ///
    /// The corresponding C function is `X509_cmp`.
    public static func == (one: X509Certificate, other: X509Certificate) -> Bool {
        one === other || X509_cmp(one.pointer, other.pointer) == 0
    }

    /// Feeds the fingerprint to `hasher`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(sha256)
    }
}

extension X509Certificate {
    /// The SHA-256 fingerprint: 32 bytes, or none where memory has run out.
    ///
    /// Complexity: O(n) in the size of the certificate. The corresponding C function is `X509_digest`.
    public var sha256: [UInt8] {
        var size: UInt32 = 0
        let digest = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            let isDone = OpenSSL.call(failure: 0) { X509_digest(pointer, EVP_sha256(), buffer.baseAddress, &size) } == 1
            count = isDone ? Int(size) : 0
        }
        ERR_clear_error()
        return digest
    }
}
