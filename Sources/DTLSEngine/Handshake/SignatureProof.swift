// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Whether a server's flight answers this client's hello: the ServerKeyExchange is signed over both randoms with the key
/// of the certificate (RFC 5246 §7.4.3, RFC 8422 §5.4), which nobody can forge who has not read the hello.
///
/// Whose certificate it is, is another question, and not asked here.
enum SignatureProof {
    /// Whether a message of the flight matters to it.
    static func concerns(_ message: HandshakeMessage) -> Bool {
        [.serverHello, .certificate, .serverKeyExchange].contains(message.kind)
    }

    /// - Parameters:
    ///   - flight: ServerHello to ServerHelloDone.
    ///   - clientRandom: what this end's hello said.
    ///   - ssl: knows the suites.
    ///   - knownKeys: of servers that were met before.
    /// - Returns: what the signature says of the flight.
    static func check(
        _ flight: PeerFlight,
        clientRandom: ArraySlice<UInt8>,
        ssl: OpenSSLPointer,
        knownKeys: KnownKeys
    ) -> Proof {
        guard let body = flight.body(.serverHello), let hello = ServerHello(body) else { return .refuted }
        guard let suite = CipherSuite(hello.suite, ssl), suite.isOffered(by: ssl) else { return .refuted }
        guard hello.version == RecordHeader.version12, suite.isSigned else {
            // Before DTLS 1.2 the signature names no algorithm; other key exchanges have none.
            return .unprovable
        }
        guard let exchange = flight.body(.serverKeyExchange), let leaf = flight.body(.certificate).flatMap(leaf),
            let signed = SignedParameters(exchange, suite), let key = knownKeys.key(of: leaf)
        else { return .refuted }
        let content = clientRandom + hello.random + signed.parameters
        guard signed.isSignature(over: Array(content), by: key.pointer) else { return .refuted }
        knownKeys.remember(key, of: leaf)
        return .proven
    }

    /// The first certificate of a Certificate message, in DER.
    private static func leaf(_ body: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var reader = ByteReader(body)
        guard let list = reader.vector(3) else { return nil }
        var certificates = ByteReader(list)
        return certificates.vector(3)
    }
}

/// The body of a ServerKeyExchange, taken apart.
private struct SignedParameters {
    let parameters: ArraySlice<UInt8>
    let scheme: Int
    let signature: ArraySlice<UInt8>

    init?(_ body: ArraySlice<UInt8>, _ suite: CipherSuite) {
        var reader = ByteReader(body)
        switch suite.keyExchange {
        case .ellipticCurve:
            guard reader.number(1) == 3, reader.number(2) != nil, reader.vector(1) != nil else { return nil }
        case .finiteField:
            guard reader.vector(2) != nil, reader.vector(2) != nil, reader.vector(2) != nil else { return nil }
        case .other:
            return nil
        }
        parameters = body.dropLast(reader.count)
        guard let scheme = reader.number(2), let signature = reader.vector(2), reader.isAtEnd else { return nil }
        self.scheme = scheme
        self.signature = signature
    }

    /// The corresponding C function is `EVP_DigestVerify`.
    func isSignature(over content: [UInt8], by key: OpenSSLPointer) -> Bool {
        guard let (digest, isPSS) = Self.algorithm(scheme), let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        var options: OpenSSLPointer?
        guard OpenSSL.call(failure: 0, { EVP_DigestVerifyInit(context, &options, digest, nil, key) }) == 1 else {
            return false
        }
        if isPSS {
            guard EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) > 0,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) > 0
            else { return false }
        }
        return signature.withUnsafeBufferPointer { signature in
            EVP_DigestVerify(context, signature.baseAddress, signature.count, content, content.count) == 1
        }
    }

    /// What a SignatureScheme of RFC 8446 §4.2.3 means in DTLS 1.2; `nil` where this library does not know it.
    private static func algorithm(_ scheme: Int) -> (digest: OpenSSLPointer?, isPSS: Bool)? {
        switch scheme {
        case 0x0807, 0x0808: (nil, false)
        case 0x0804, 0x0809: (EVP_sha256(), true)
        case 0x0805, 0x080A: (EVP_sha384(), true)
        case 0x0806, 0x080B: (EVP_sha512(), true)
        default:
            switch scheme >> 8 {
            case 2: (EVP_sha1(), false)
            case 3: (EVP_sha224(), false)
            case 4: (EVP_sha256(), false)
            case 5: (EVP_sha384(), false)
            case 6: (EVP_sha512(), false)
            default: nil
            }
        }
    }
}
