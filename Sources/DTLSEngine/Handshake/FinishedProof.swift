// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Whether a client's flight answers this server's: its Finished opens under the keys that the rest of the flight leads
/// to, and covers every message (RFC 5246 §7.4.9).
///
/// Libssl forgets the server's share of the key exchange with the first ClientKeyExchange it is given, so a forged one
/// would end the handshake without a word; that is why the server tries the keys beforehand.
struct FinishedProof {
    private let keys: ClientKeys
    private let verifyData: SecretBytes

    /// What came of making the keys.
    enum Attempt {
        case made(FinishedProof)
        /// No peer that got these bytes from this library's own flight can have sent them.
        case refuted
        /// Keys of this key exchange or records of this suite cannot be tried.
        case unprovable
    }

    /// Derives the keys that a flight leads to.
    ///
    /// - Parameters:
    ///   - flight: Certificate, if there is one, to the last message before the ChangeCipherSpec.
    ///   - hello: the client's.
    ///   - answer: all messages of this end's flight.
    ///   - ssl: holds this end's share of the key exchange.
    /// - Returns: what can be tried on the flight.
    static func attempt(
        _ flight: PeerFlight,
        after hello: HandshakeMessage,
        _ answer: [HandshakeMessage],
        ssl: OpenSSLPointer
    ) -> Attempt {
        guard let clientHello = ClientHello(hello.body),
            let serverHello = answer.first(where: { $0.kind == .serverHello }).flatMap({ ServerHello($0.body) }),
            serverHello.version == RecordHeader.version12,
            let suite = CipherSuite(serverHello.suite, ssl), let digest = suite.digest,
            let share = ownShare(ssl)
        else { return .unprovable }
        defer { EVP_PKEY_free(share) }
        if case .block = suite.sealing { return .unprovable }
        let point: ArraySlice<UInt8>?
        guard let exchange = flight.body(.clientKeyExchange) else { return .refuted }
        var reader = ByteReader(exchange)
        switch suite.keyExchange {
        case .ellipticCurve: point = reader.vector(1)
        case .finiteField: point = reader.vector(2)
        case .other: return .unprovable
        }
        guard let point, reader.isAtEnd, let premaster = commonSecret(share, point) else { return .refuted }
        let randoms = (client: Array(clientHello.random), server: Array(serverHello.random))
        let before = ([hello] + answer).flatMap(\.bytes)
        let prf = PseudorandomFunction(digest)
        let master: SecretBytes?
        if clientHello.extensions.hasExtendedMasterSecret && serverHello.extensions.hasExtendedMasterSecret {
            let upToExchange = flight.messages.prefix { $0.kind != .certificateVerify }.flatMap(\.bytes)
            master = prf(premaster, "extended master secret", prf.hash(before + upToExchange), count: 48)
        } else {
            master = prf(premaster, "master secret", randoms.client + randoms.server, count: 48)
        }
        guard let master,
            let keys = ClientKeys(prf, master, suite, randoms.server + randoms.client),
            let verifyData = prf(
                master,
                "client finished",
                prf.hash(before + flight.messages.flatMap(\.bytes)),
                count: 12
            )
        else { return .unprovable }
        return .made(FinishedProof(keys: keys, verifyData: verifyData))
    }

    /// Whether a protected record is the Finished of this flight.
    func isFinished(_ record: [UInt8]) -> Bool {
        guard let plaintext = keys.open(record), plaintext.count == HandshakeFragment.headerSize + 12 else {
            return false
        }
        return plaintext[0] == 20 && plaintext.suffix(12).elementsEqual(verifyData)
    }

    /// This end's ephemeral key; owned by the caller.
    ///
    /// The corresponding C function is `SSL_get_tmp_key`.
    private static func ownShare(_ ssl: OpenSSLPointer) -> OpenSSLPointer? {
        var key: OpenSSLPointer?
        return COpenSSL_SSL_get_tmp_key(ssl, &key) == 1 ? key : nil
    }

    private static func commonSecret(_ share: OpenSSLPointer, _ point: ArraySlice<UInt8>) -> SecretBytes? {
        guard let peer = EVP_PKEY_new() else { return nil }
        defer { EVP_PKEY_free(peer) }
        let isPoint = OpenSSL.call(failure: 0) {
            point.withUnsafeBufferPointer { bytes in
                EVP_PKEY_copy_parameters(peer, share) == 1
                    ? EVP_PKEY_set1_encoded_public_key(peer, bytes.baseAddress, bytes.count) : 0
            }
        }
        guard isPoint == 1, let context = EVP_PKEY_CTX_new(share, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var size = 0
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer) == 1,
            EVP_PKEY_derive(context, nil, &size) == 1
        else { return nil }
        let room = SecretBytes(count: size)
        guard EVP_PKEY_derive(context, room.start, &size) == 1 else { return nil }
        // Diffie-Hellman strips leading zeros, so that the secret may be shorter than its room.
        return room.count == size ? room : SecretBytes(copying: UnsafeRawBufferPointer(start: room.start, count: size))
    }
}

/// The PRF of TLS 1.2 (RFC 5246 §5) with the hash of one suite.
struct PseudorandomFunction {
    private let digest: OpenSSLPointer

    init(_ digest: OpenSSLPointer) {
        self.digest = digest
    }

    /// So many bytes derived from a secret; `nil` where libcrypto fails.
    func callAsFunction(_ secret: SecretBytes, _ label: String, _ seed: [UInt8], count: Int) -> SecretBytes? {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_TLS1_PRF, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        let output = SecretBytes(count: count)
        let input = Array(label.utf8) + seed
        var size = count
        let result = OpenSSL.call(failure: 0) { () -> Int32 in
            guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_CTX_set_tls1_prf_md(context, digest) == 1,
                EVP_PKEY_CTX_set1_tls1_prf_secret(context, secret.start, Int32(secret.count)) == 1,
                EVP_PKEY_CTX_add1_tls1_prf_seed(context, input, Int32(input.count)) == 1
            else { return 0 }
            return EVP_PKEY_derive(context, output.start, &size)
        }
        return result == 1 && size == count ? output : nil
    }

    /// The hash of a handshake so far; empty where libcrypto fails.
    func hash(_ messages: [UInt8]) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var size: UInt32 = 0
        guard OpenSSL.call(failure: 0, { EVP_Digest(messages, messages.count, &hash, &size, digest, nil) }) == 1 else {
            return []
        }
        return Array(hash.prefix(Int(size)))
    }
}
