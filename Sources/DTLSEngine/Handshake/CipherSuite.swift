// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// A cipher suite of DTLS 1.2, as far as records and proofs depend on it.
struct CipherSuite {
    /// How the two ends come to a common secret.
    enum KeyExchange {
        case ellipticCurve
        case finiteField
        /// The client's word alone, or keys that both ends have already.
        case other
    }

    /// How records are sealed.
    enum Sealing {
        /// Counter modes with a nonce of 4 secret bytes and 8 in the record (RFC 5288, RFC 6655).
        case counter(tag: Int, isCCM: Bool)
        /// A nonce of 12 secret bytes and none in the record (RFC 7905).
        case chacha
        /// Everything older.
        case block
    }

    private let pointer: OpenSSLPointer

    /// - Parameters:
    ///   - bytes: the suite as a ServerHello names it.
    ///   - ssl: knows the suites.
    init?(_ bytes: [UInt8], _ ssl: OpenSSLPointer) {
        guard bytes.count == 2, let pointer = SSL_CIPHER_find(ssl, bytes) else { return nil }
        self.pointer = pointer
    }

    init(_ pointer: OpenSSLPointer) {
        self.pointer = pointer
    }

    /// Whether the suite is among those that this end would use.
    func isOffered(by ssl: OpenSSLPointer) -> Bool {
        let list = SSL_get_ciphers(ssl)
        return (0..<COpenSSL_sk_SSL_CIPHER_num(list)).contains { COpenSSL_sk_SSL_CIPHER_value(list, $0) == pointer }
    }

    var keyExchange: KeyExchange {
        switch SSL_CIPHER_get_kx_nid(pointer) {
        case NID_kx_ecdhe: .ellipticCurve
        case NID_kx_dhe: .finiteField
        default: .other
        }
    }

    /// Whether the server signs what it contributes to the key exchange.
    var isSigned: Bool {
        guard [NID_auth_rsa, NID_auth_ecdsa, NID_auth_dss].contains(SSL_CIPHER_get_auth_nid(pointer)) else {
            return false
        }
        if case .other = keyExchange { return false }
        return true
    }

    var sealing: Sealing {
        switch SSL_CIPHER_get_cipher_nid(pointer) {
        case NID_aes_128_gcm, NID_aes_256_gcm, NID_aria_128_gcm, NID_aria_256_gcm: .counter(tag: 16, isCCM: false)
        case NID_aes_128_ccm, NID_aes_256_ccm:
            // The name alone tells the short tag.
            .counter(tag: name.hasSuffix("CCM8") ? 8 : 16, isCCM: true)
        case NID_chacha20_poly1305: .chacha
        default: .block
        }
    }

    private var name: String { SSL_CIPHER_get_name(pointer).map { String(cString: $0) } ?? "" }

    /// The cipher itself (`EVP_CIPHER *`).
    var cipher: OpenSSLPointer? { OBJ_nid2sn(SSL_CIPHER_get_cipher_nid(pointer)).flatMap { EVP_get_cipherbyname($0) } }

    /// The hash of the handshake and of key derivation (`EVP_MD *`).
    var digest: OpenSSLPointer? { SSL_CIPHER_get_handshake_digest(pointer) }

    /// The least that a sealed record of the suite holds, in bytes.
    var smallestRecord: Int {
        switch sealing {
        case .counter(let tag, _): 8 + tag
        case .chacha: 16
        // One block of initialisation vector, and one or more that hold a MAC and the padding.
        case .block: 32
        }
    }
}
