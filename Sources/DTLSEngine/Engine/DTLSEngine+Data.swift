// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension DTLSEngine {
    /// Encrypts one datagram of application data.
    ///
    /// - Parameters:
    ///   - bytes: 1 to ``maximumDataSize`` bytes.
    ///   - now: the present instant.
    /// - Throws: ``EngineError/Code/messageTooLarge(limit:)``, ``EngineError/Code/closed`` after a shutdown,
    ///   ``EngineError/Code/invalidState`` before the handshake is complete or for no bytes at all (libssl makes
    ///   no empty record), or the error the association ended with.
    ///
    /// The corresponding C function is `SSL_write_ex`.
    public func send(_ bytes: UnsafeRawBufferPointer, now: Instant) throws(EngineError) {
        switch state {
        case .established(let halves) where halves.contains(.sending): break
        case .established: throw EngineError(.closed)
        case .failed(let error): throw error
        default: throw EngineError(.invalidState)
        }
        if bytes.count > maximumDataSize { throw EngineError(.messageTooLarge(limit: maximumDataSize)) }
        if bytes.isEmpty { throw EngineError(.invalidState) }
        let ssl = self.ssl
        var written = 0
        guard OpenSSL.call(failure: 0, { SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &written) }) == 1 else {
            let error = classifyFailure()
            fail(error)
            throw error
        }
    }

    /// Says goodbye: nothing more is sent, what the peer sends is still received.
    ///
    /// Later calls do nothing.
    ///
    /// Before the handshake is complete it ends the association. The corresponding C function is `SSL_shutdown`.
    public func shutdown(now: Instant) {
        switch state {
        case .established(let halves) where halves.contains(.sending):
            let ssl = self.ssl
            _ = OpenSSL.call(failure: -1) { SSL_shutdown(ssl) }
            ERR_clear_error()
            // Libssl must not know that nothing more is sent: to a client that lacks the last flight it would not send
            // that again, and take the client's for a datagram of no bytes.
            SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)
            state = .established(halves.subtracting(.sending))
        case .handshaking where nextPlaintextSequence == 0:
            // Nobody has heard of this end.
            end()
        case .handshaking, .awaitingVerdict, .awaitingCertificate:
            sendPlaintext(.alert, PlaintextAlert(warning: PlaintextAlert.closeNotify).bytes)
            end()
        case .idle:
            end()
        case .established, .failed:
            break
        }
    }

    /// Decrypts records that have just come.
    func readRecords(of records: UnsafeRawBufferPointer, now: Instant) {
        bio.inbound = records
        defer { bio.inbound = nil }
        readRecords(largest: min(records.count, Record.largestBody), now: now)
    }

    /// Decrypts what libssl holds, one record after the other.
    ///
    /// - Parameters:
    ///   - largest: no record decrypts to more than this, in bytes.
    ///   - now: the present instant.
    func readRecords(largest: Int, now: Instant) {
        guard case .established(let halves) = state, halves.contains(.receiving) else { return }
        let ssl = self.ssl
        var idleTurns = 0
        while idleTurns < 64 {
            var result: Int32 = 0
            let written = bio.outbox.count
            let bytes = [UInt8](unsafeUninitializedCapacity: largest) { buffer, count in
                result = OpenSSL.call(failure: -2) { SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count) }
            }
            let error = result == 1 ? SSL_ERROR_NONE : result == -2 ? SSL_ERROR_SSL : SSL_get_error(ssl, 0)
            if bio.outbox.count > written { noteWrittenWhileReading(after: written, now: now) }
            switch error {
            case SSL_ERROR_NONE:
                if owesLastFlight { settleDebt() }
                // Where there are many in one datagram none keeps the room of all.
                let fits = largest <= 2 * bytes.count + 256
                events.append(.applicationData(fits ? bytes : bytes.withUnsafeBufferPointer { Array($0) }))
                if bio.isDrained, SSL_has_pending(ssl) == 0 { return }
            case SSL_ERROR_WANT_READ:
                if bio.isDrained, SSL_has_pending(ssl) == 0 { return }
                idleTurns += 1
            case SSL_ERROR_ZERO_RETURN:
                settleDebt()
                state = .established(halves.subtracting(.receiving))
                events.append(.peerClosed)
                return
            case SSL_ERROR_SYSCALL where ERR_peek_error() == 0:
                // Libssl before 3.2 reports an authentic record of no bytes like this (openssl issue 27316); later ones
                // pass it over since the middle of 2025.
                settleDebt()
                events.append(.applicationData([]))
                if bio.isDrained, SSL_has_pending(ssl) == 0 { return }
                idleTurns += 1
            default:
                return fail(classifyFailure())
            }
        }
    }

    /// Why libssl's last call failed, from its error queue.
    func classifyFailure() -> EngineError {
        let error = EngineError(classifying: OpenSSLError.drain())
        guard error.code == .noCommonParameters, role == .server, let key = SSL_get_privatekey(ssl),
            ![EVP_PKEY_EC, EVP_PKEY_RSA].contains(EVP_PKEY_get_base_id(key))
        else { return error }
        // Libssl looks for suites of EC and RSA alone where the version is not that of TLS.
        return EngineError(
            .unusableCredentials,
            OpenSSLError(reason: "this OpenSSL serves DTLS with EC or RSA keys alone")
        )
    }

    private func end() {
        state = .failed(EngineError(.closed))
        settleDebt()
    }
}

extension EngineError {
    /// Gives libssl's reasons a code.
    ///
    /// Reasons are compared together with the library that gives them.
    init(classifying reasons: OpenSSLError) {
        let ssl = reasons.entries.filter { $0.library == ERR_LIB_SSL }.map(\.reason)
        let code: Code =
            if let alert = ssl.first(where: { (1000..<1256).contains($0) }) {
                .peerAlert(UInt8(truncatingIfNeeded: alert - SSL_AD_REASON_OFFSET))
            } else if ssl.contains(SSL_R_CERTIFICATE_VERIFY_FAILED) {
                .peerCertificateRefused
            } else if ssl.contains(SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
                .peerCertificateMissing
            } else if ssl.contains(SSL_R_READ_TIMEOUT_EXPIRED) {
                .handshakeTimedOut
            } else if ssl.contains(where: Self.isDisagreement) {
                .noCommonParameters
            } else if reasons.entries.contains(where: { $0.reason == (ERR_R_MALLOC_FAILURE) })
                || reasons.entries.isEmpty
            {
                .resourcesExhausted
            } else {
                .protocolFailure
            }
        self.init(code, reasons)
    }

    private static func isDisagreement(_ reason: Int32) -> Bool {
        [
            SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
            SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_CIPHERS_AVAILABLE, SSL_R_UNSUPPORTED_PROTOCOL,
            SSL_R_WRONG_VERSION_NUMBER, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION,
        ].contains(reason)
    }
}
