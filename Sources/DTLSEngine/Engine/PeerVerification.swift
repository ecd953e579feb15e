// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Where libssl asks whether the peer's certificate is good, and is told to wait.
enum PeerVerification {
    /// Given to `SSL_CTX_set_cert_verify_callback`.
    ///
    /// On the client it suspends the handshake until there is a verdict (`SSL_set_retry_verify`, and it has to return
    /// 1 for that). Libssl cannot suspend a server there: it notes the chain, and the engine withholds the last
    /// flight instead.
    static let callback: @convention(c) (OpenSSLPointer?, UnsafeMutableRawPointer?) -> Int32 = { store, _ in
        guard let store,
            let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let engine = DTLSEngine.of(OpaquePointer(ssl))
        else { return 0 }
        return engine.answerVerification(store)
    }
}

extension DTLSEngine {
    /// Answers ``Event/verifyPeer(_:)``; without that question it does nothing.
    public func resolvePeerVerification(_ verdict: Verdict, now: Instant) {
        guard case .awaitingVerdict(let handshake) = state else { return }
        self.verdict = verdict
        guard role == .server else { return resume(handshake, now: now) }
        switch verdict {
        case .accept:
            state = .handshaking(handshake)
            sendWrittenFlight(now: now)
            becomeEstablished(now: now)
        case .refuse(let reason):
            // The client is still at epoch 0, and has seen nothing of the flight that this alert comes instead of.
            sendPlaintext(.alert, PlaintextAlert(fatal: reason.alert).bytes)
            fail(EngineError(.peerCertificateRefused))
        }
    }

    fileprivate func answerVerification(_ store: OpenSSLPointer) -> Int32 {
        if peerChain.isEmpty { peerChain = Self.chain(of: store) }
        guard !peerChain.isEmpty else { return 0 }
        if role == .server { return 1 }
        switch verdict {
        case nil:
            return COpenSSL_SSL_set_retry_verify(ssl)
        case .accept:
            return 1
        case .refuse(let reason):
            X509_STORE_CTX_set_error(store, reason.verificationError)
            return 0
        }
    }

    private static func chain(of store: OpenSSLPointer) -> [X509Certificate] {
        guard let untrusted = X509_STORE_CTX_get0_untrusted(store) else { return [] }
        return (0..<COpenSSL_sk_X509_num(untrusted)).compactMap { index in
            COpenSSL_sk_X509_value(untrusted, index).map { X509Certificate(retaining: $0) }
        }
    }

    /// The engine that owns an `SSL`.
    static func of(_ ssl: OpenSSLPointer) -> DTLSEngine? {
        SSL_get_ex_data(ssl, 0).map { Unmanaged<DTLSEngine>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension RefusalReason {
    fileprivate var alert: UInt8 {
        switch self {
        case .badCertificate: PlaintextAlert.badCertificate
        case .unknownAuthority: PlaintextAlert.unknownAuthority
        case .expired: PlaintextAlert.certificateExpired
        case .revoked: PlaintextAlert.certificateRevoked
        }
    }

    /// The verification error that libssl turns into the same alert.
    fileprivate var verificationError: Int32 {
        switch self {
        case .badCertificate: X509_V_ERR_CERT_REJECTED
        case .unknownAuthority: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
        case .expired: X509_V_ERR_CERT_HAS_EXPIRED
        case .revoked: X509_V_ERR_CERT_REVOKED
        }
    }
}
