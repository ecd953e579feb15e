// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension DTLSEngine {
    /// Starts the handshake: a client sends its ClientHello, a server waits for one.
    ///
    /// Later calls do nothing. The corresponding C function is `SSL_do_handshake`.
    public func startHandshake(now: Instant) {
        guard case .idle = state else { return }
        if role == .server, configuration.credentials?.key == nil, !configuration.asksForCredentials {
            return fail(EngineError(.noCredentials))
        }
        state = .handshaking(Handshake(deadline: now + configuration.handshakeTimeout))
        advanceHandshake(now: now)
    }

    /// Moves the handshake's limit: its owner let it lie for so many microseconds, which is not the peer's fault.
    public func excuseIdling(_ microseconds: Int64) {
        guard case .handshaking(var handshake) = state else { return }
        handshake.deadline = handshake.deadline + microseconds
        state = .handshaking(handshake)
    }

    /// Lets libssl go as far as the datagrams it has allow.
    func advanceHandshake(now: Instant) {
        guard case .handshaking(let handshake) = state else { return }
        let ssl = self.ssl
        let written = bio.outbox.count
        // A datagram may hold more records than one call takes; the bound is for the day when libssl says it has
        // something pending and takes nothing.
        for _ in 0..<64 {
            let result = OpenSSL.call(failure: -2) { SSL_do_handshake(ssl) }
            noteCipherChange()
            if result == 1 {
                return completeHandshake(handshake, writtenBefore: written, now: now)
            }
            switch result == -2 ? SSL_ERROR_SSL : SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ:
                guard SSL_has_pending(ssl) == 1 else { return scheduleRetransmission(now: now) }
            case SSL_ERROR_SYSCALL where result != -2 && ERR_peek_error() == 0:
                // A fragment that contradicts what libssl holds of its message: dropped without an error of its own.
                statistics.drop(.badFragment)
                guard SSL_has_pending(ssl) == 1 else { return scheduleRetransmission(now: now) }
            case SSL_ERROR_WANT_RETRY_VERIFY:
                return suspend(handshake, now: now) { .awaitingVerdict($0, withheld: nil) }
            case SSL_ERROR_WANT_X509_LOOKUP:
                return suspend(handshake, now: now) { .awaitingCertificate($0) }
            default:
                return fail(classifyFailure())
            }
        }
        scheduleRetransmission(now: now)
    }

    /// Sends the present flight again if libssl's own clock agrees that it is time.
    func retransmit(now: Instant) {
        let ssl = self.ssl
        let result = OpenSSL.call(failure: -1) { COpenSSL_DTLSv1_handle_timeout(ssl) }
        if result < 0 { return fail(classifyFailure()) }
        if result > 0 { statistics.retransmissions += 1 }
        scheduleRetransmission(now: now)
    }

    /// Asks libssl when it wants to send its flight again.
    func scheduleRetransmission(now: Instant) {
        var left = timeval()
        guard COpenSSL_DTLSv1_get_timeout(ssl, &left) == 1 else { return retransmission = nil }
        retransmission = now + (Int64(left.tv_sec) * 1_000_000 + Int64(left.tv_usec))
    }

    /// Goes on after an answer of this end's, whose thinking time is not the peer's fault.
    func resume(_ handshake: Handshake, now: Instant) {
        var handshake = handshake
        if let since = handshake.suspendedAt {
            handshake.deadline = handshake.deadline + (now.microseconds - since.microseconds)
            handshake.suspendedAt = nil
        }
        state = .handshaking(handshake)
        advanceHandshake(now: now)
        replayBacklog(now: now)
    }

    /// Opens the association to application data.
    func becomeEstablished(now: Instant) {
        state = .established([.sending, .receiving])
        retransmission = nil
        filter.protectedOverhead = PeerParameters.protectedOverhead(ssl)
        applyMTU()
        // Only full handshakes are made for now, in which the server sends the last flight.
        owesLastFlight = role == .server
        events.append(.handshakeCompleted(PeerParameters.negotiated(ssl)))
        // What the peer sent right behind its last flight may have overtaken it.
        readRecords(largest: 16 * 1024)
        replayBacklog(now: now)
    }

    /// Weighs an alert in the clear, which anybody can forge, and a refusing peer sends once.
    func weighPlaintextAlert(now: Instant) {
        guard let alert = filter.plaintextAlert, case .handshaking(var handshake) = state, handshake.hint == nil else {
            return
        }
        // A server that nobody has spoken to has nobody to hear it from.
        guard role == .client || filter.hasPassed else { return }
        let expiry = retransmission.map { max($0, now) } ?? now + Int64(Self.firstRetransmission)
        handshake.hint = (alert, expiry)
        state = .handshaking(handshake)
    }

    /// Keeps count of the record numbers this end has used in the clear, for an alert of its own.
    func notePlaintextSequence(of datagram: [UInt8]) {
        if case .established = state { return }
        datagram.withUnsafeBytes { bytes in
            var offset = 0
            while let header = RecordHeader(bytes, at: offset) {
                if header.epoch == 0 { nextPlaintextSequence = max(nextPlaintextSequence, header.sequence + 1) }
                offset += RecordHeader.size + header.length
            }
        }
    }

    private func completeHandshake(_ handshake: Handshake, writtenBefore count: Int, now: Instant) {
        guard role == .server, !peerChain.isEmpty else { return becomeEstablished(now: now) }
        // Libssl cannot suspend a server, but what it has just written is the last flight, without which the client
        // has no complete handshake: it leaves when the verdict is in.
        let withheld = bio.outbox.takeAll(after: count)
        suspend(handshake, now: now) { .awaitingVerdict($0, withheld: withheld) }
    }

    private func suspend(_ handshake: Handshake, now: Instant, as next: (Handshake) -> State) {
        var handshake = handshake
        handshake.suspendedAt = now
        retransmission = nil
        state = next(handshake)
        if case .awaitingVerdict = state {
            events.append(.verifyPeer(peerChain))
        } else {
            events.append(.certificateRequested)
        }
    }

    private func replayBacklog(now: Instant) {
        while let datagram = backlog.popFirst() {
            switch state {
            case .handshaking, .established:
                statistics.datagramsReceived -= 1
                statistics.bytesReceived -= UInt64(datagram.count)
                datagram.withUnsafeBytes { receive($0, now: now) }
            default:
                return
            }
        }
    }

    private func noteCipherChange() {
        if peerChangedCipher { return }
        let state = SSL_get_state(ssl)
        guard state == TLS_ST_CR_CHANGE || state == TLS_ST_SR_CHANGE else { return }
        peerChangedCipher = true
        filter.protectedOverhead = PeerParameters.protectedOverhead(ssl)
    }
}
