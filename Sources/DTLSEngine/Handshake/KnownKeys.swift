// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL
internal import Synchronization

/// The public keys of certificates that the servers showed whom clients of one context have met of late.
///
/// Libcrypto 3.0 takes longer to read a key than to check a signature by it. A client that comes back to its server is
/// spared that; the signature itself is checked every time. Safe from any thread.
final class KnownKeys: Sendable {
    /// How many servers are remembered; a certificate has some KiB at most.
    static let limit = 16

    private let latest = Mutex<[(certificate: [UInt8], key: PublicKey)]>([])

    /// The key of a certificate in DER, read anew where it is not known; `nil` where there is none in it.
    func key(of certificate: ArraySlice<UInt8>) -> PublicKey? {
        let known = latest.withLock { latest in latest.first { $0.certificate.elementsEqual(certificate) }?.key }
        return known ?? PublicKey(certificate)
    }

    /// Remembers a key that a server has proven to have.
    ///
    /// Others are not worth it: whoever likes can make them up.
    func remember(_ key: PublicKey, of certificate: ArraySlice<UInt8>) {
        latest.withLock { latest in
            guard !latest.contains(where: { $0.key === key }) else { return }
            latest.append((Array(certificate), key))
            if latest.count > Self.limit { latest.removeFirst() }
        }
    }
}

/// A public key, an `EVP_PKEY`.
// Unchecked Sendable: set once, never changed after init, and libcrypto locks what it adds to a key.
final class PublicKey: @unchecked Sendable {
    let pointer: OpenSSLPointer

    /// The key of a certificate in DER.
    ///
    /// The corresponding C functions are `d2i_X509` and `X509_get_pubkey`.
    fileprivate init?(_ certificate: ArraySlice<UInt8>) {
        let key: OpenSSLPointer? = certificate.withUnsafeBufferPointer { bytes in
            var cursor = bytes.baseAddress
            guard let x509 = OpenSSL.call(failure: nil, { d2i_X509(nil, &cursor, bytes.count) }) else { return nil }
            defer { X509_free(x509) }
            return X509_get_pubkey(x509)
        }
        guard let key else { return nil }
        pointer = key
    }

    deinit {
        EVP_PKEY_free(pointer)
    }
}
