// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension DTLSEngine {
    /// What this end has been asked for and has answered.
    enum CertificateRequest {
        case none
        case asked
        case answered
    }

    /// Gives the `SSL` everything that is this association's own.
    func configureSSL() throws(OpenSSLError) {
        let ssl = self.ssl
        let configuration = self.configuration
        try OpenSSL.check { SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque()) }
        let bio = try bio.makeBIO()
        SSL_set_bio(ssl, bio, bio)
        DTLS_set_timer_cb(ssl, Self.timerCallback)
        if let credentials = configuration.credentials { try use(credentials) }
        switch role {
        case .client:
            SSL_set_connect_state(ssl)
            SSL_set_verify(ssl, SSL_VERIFY_PEER, nil)
            SSL_set_cert_cb(ssl, Self.certificateCallback, nil)
            if let name = configuration.serverName {
                try OpenSSL.check { COpenSSL_SSL_set_tlsext_host_name(ssl, name) }
            }
            if let protocols = ApplicationProtocols.wire(configuration.protocols) {
                try OpenSSL.check { SSL_set_alpn_protos(ssl, protocols, UInt32(protocols.count)) == 0 ? 1 : 0 }
            }
        case .server:
            SSL_set_accept_state(ssl)
            SSL_set_verify(ssl, configuration.clientAuthentication.verifyMode, nil)
            if configuration.asksForCredentials { SSL_set_cert_cb(ssl, Self.certificateCallback, nil) }
            for authority in configuration.acceptedAuthorities {
                try OpenSSL.check { SSL_add_client_CA(ssl, authority.pointer) }
            }
        }
    }

    /// Answers ``Event/certificateRequested``; without that question it does nothing.
    ///
    /// - Parameters:
    ///   - credentials: what to show, or `nil` to go on without.
    ///   - now: the present instant.
    public func resolveCertificateRequest(_ credentials: Credentials?, now: Instant) {
        guard case .awaitingCertificate(let handshake) = state else { return }
        if let credentials, credentials.key != nil {
            do throws(OpenSSLError) {
                try use(credentials)
                configuration.credentials = credentials
            } catch {
                sendPlaintext(.alert, PlaintextAlert(fatal: PlaintextAlert.internalError).bytes)
                return fail(EngineError(.unusableCredentials, error))
            }
        } else if role == .server {
            sendPlaintext(.alert, PlaintextAlert(fatal: PlaintextAlert.handshakeFailure).bytes)
            return fail(EngineError(.noCredentials))
        }
        certificateRequest = .answered
        resume(handshake, now: now)
    }

    /// Whether the server has asked for a certificate.
    public var hasCertificateRequest: Bool {
        if case .none = certificateRequest { return false }
        return true
    }

    /// Whether the server has asked for a certificate and got none.
    public var lacksRequestedCertificate: Bool {
        hasCertificateRequest && SSL_get_certificate(ssl) == nil
    }

    /// The DER distinguished names of the authorities that the server accepts client certificates of, once it asked.
    public var acceptedAuthorities: [[UInt8]] {
        guard let names = SSL_get0_peer_CA_list(ssl) else { return [] }
        return (0..<COpenSSL_sk_X509_NAME_num(names)).compactMap { index in
            guard let name = COpenSSL_sk_X509_NAME_value(names, index) else { return nil }
            var encoded: UnsafeMutablePointer<UInt8>?
            let count = i2d_X509_NAME(name, &encoded)
            guard count >= 0, let encoded else { return nil }
            defer { COpenSSL_OPENSSL_free(encoded) }
            return [UInt8](UnsafeBufferPointer(start: encoded, count: Int(count)))
        }
    }

    /// Shows the chain and uses the key, all references of libssl's own (`SSL_use_cert_and_key`).
    ///
    /// A root at the end is left out: whoever trusts it has it.
    private func use(_ credentials: Credentials) throws(OpenSSLError) {
        guard let leaf = credentials.chain.first, let key = credentials.key else { return }
        let ssl = self.ssl
        let stack = try OpenSSL.make { COpenSSL_sk_X509_new_null() }
        defer { COpenSSL_sk_X509_free(stack) }
        for certificate in credentials.chain.dropFirst()
        where X509_get_extension_flags(certificate.pointer) & UInt32(EXFLAG_SS) == 0 {
            try OpenSSL.check { COpenSSL_sk_X509_push(stack, certificate.pointer) > 0 ? 1 : 0 }
        }
        try OpenSSL.check { SSL_use_cert_and_key(ssl, leaf.pointer, key.pointer, stack, 1) }
    }

    /// Given to `SSL_set_cert_cb`: called when a certificate is needed, because the server asks the client for one or
    /// because the server's own is still to be found.
    private static let certificateCallback: @convention(c) (OpenSSLPointer?, UnsafeMutableRawPointer?) -> Int32 = {
        ssl,
        _ in
        guard let ssl, let engine = DTLSEngine.of(ssl) else { return 0 }
        switch engine.certificateRequest {
        case .answered:
            return 1
        case .none, .asked:
            let isReady = engine.configuration.credentials?.key != nil
            engine.certificateRequest = isReady ? .answered : .asked
            // -1 suspends the handshake with SSL_ERROR_WANT_X509_LOOKUP.
            return isReady ? 1 : -1
        }
    }
}

extension ClientAuthentication {
    fileprivate var verifyMode: Int32 {
        switch self {
        case .none: SSL_VERIFY_NONE
        case .requested: SSL_VERIFY_PEER
        case .required: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
        }
    }
}
