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
        exchange = Exchange(role: role)
        guard role == .client else { return }
        advanceHandshake(now: now)
        sendWrittenFlight(now: now)
        let hello = exchange?.flight.messages.first
        exchange?.hello = hello
    }

    /// Moves the handshake's limit: its owner let it lie for so many microseconds, which is not the peer's fault.
    public func excuseIdling(_ microseconds: Int64) {
        guard case .handshaking(var handshake) = state else { return }
        handshake.deadline = handshake.deadline + microseconds
        state = .handshaking(handshake)
    }

    /// Lets libssl go as far as the records it was given allow.
    ///
    /// What it writes stays aside until ``sendWrittenFlight(now:)``.
    func advanceHandshake(now: Instant) {
        guard case .handshaking(let handshake) = state else { return }
        let ssl = self.ssl
        // One call takes all records it was given, save those after one that it dropped; the bound is for the day when
        // libssl says that it has something pending and takes nothing.
        for _ in 0..<64 {
            let written = bio.outbox.count
            let result = OpenSSL.call(failure: -2) { SSL_do_handshake(ssl) }
            collectWritten(after: written)
            if result == 1 { return completeHandshake(handshake, now: now) }
            forgetForeignErrors()
            switch result == -2 ? SSL_ERROR_SSL : SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ:
                guard SSL_has_pending(ssl) == 1 || !bio.isDrained else { return }
            case SSL_ERROR_WANT_RETRY_VERIFY:
                return suspend(handshake, now: now) { .awaitingVerdict($0) }
            case SSL_ERROR_WANT_X509_LOOKUP:
                return suspend(handshake, now: now) { .awaitingCertificate($0) }
            default:
                let error = classifyFailure()
                return isHelloAlone ? refuseHello(error, now: now) : fail(error)
            }
        }
    }

    /// Takes out of the queue what a module behind a key has left there after it signed.
    ///
    /// To `SSL_get_error` any entry means failure; but a failure's last entry is libssl's own, and a libssl that waits for
    /// something has not failed.
    private func forgetForeignErrors() {
        guard SSL_want(ssl) != SSL_NOTHING, ERR_GET_LIB(ERR_peek_last_error()) != ERR_LIB_SSL else { return }
        ERR_clear_error()
    }

    /// Gives libssl whole messages of the peer's, one record each under numbers of our own.
    ///
    /// - Parameters:
    ///   - messages: the next ones in order.
    ///   - version: the version bytes of records, which libssl insists on once it knows what is spoken.
    func deliver(_ messages: [HandshakeMessage], version: UInt16) {
        let largest = 16 * 1024 - HandshakeFragment.headerSize
        for message in messages {
            var start = 0
            repeat {
                let end = min(message.body.count, start + largest)
                deliver(.handshake, message.fragment(start..<end), version: version)
                start = end
            } while start < message.body.count
        }
    }

    /// Gives libssl one record in the clear.
    func deliver(_ type: RecordHeader.ContentType, _ body: [UInt8], version: UInt16) {
        guard let sequence = exchange?.nextRecord else { return }
        exchange?.nextRecord += 1
        bio.inbox.append(Record.plaintext(type, version: version, sequence: sequence, body: body))
    }

    /// Has libssl change to the peer's keys, which all that is missed by now comes under.
    ///
    /// The peer's own ChangeCipherSpec, which says nothing and anybody can forge, is not looked at.
    func changeCipher(now: Instant) {
        guard exchange?.hasChangedCipher == false else { return }
        deliver(.changeCipherSpec, [1], version: UInt16(truncatingIfNeeded: SSL_version(ssl)))
        advanceHandshake(now: now)
        // Libssl has read the ChangeCipherSpec. Told by the state's name: its number differs from release to release, and
        // what is built with one libssl runs with later ones.
        guard strcmp(SSL_state_string(ssl), "TRCCS") == 0 else { return }
        exchange?.hasChangedCipher = true
        filter.protectedOverhead = PeerParameters.protectedOverhead(ssl)
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
        sendWrittenFlight(now: now)
        considerWhatCame(now: now)
        if let alert = exchange?.suspendedAlert {
            exchange?.suspendedAlert = nil
            weigh(alert, now: now)
        }
    }

    /// Opens the association to application data.
    func becomeEstablished(now: Instant) {
        state = .established([.sending, .receiving])
        filter.protectedOverhead = PeerParameters.protectedOverhead(ssl)
        applyMTU()
        events.append(.handshakeCompleted(PeerParameters.negotiated(ssl)))
        // What is too short for the suite could not be told when it came.
        let early = (exchange?.early.others ?? []).filter { $0.count >= RecordHeader.size + filter.protectedOverhead }
        // Who says the last flight cannot know whether it arrived: the server, or the client of an earlier session.
        owesLastFlight = (role == .server) != (SSL_session_reused(ssl) == 1)
        // Unasked only where something was lost before: a client that blocks in libssl with nothing to read, as `openssl
        // s_client` does, is woken by the repetition, finds nothing in it, and sleeps with what it had to say unsaid.
        let mayLack = statistics.retransmissions > 0
        exchange?.timer = RetransmissionTimer(now: now, limit: mayLack ? RetransmissionTimer.lastFlightLimit : 0)
        if !owesLastFlight { settleDebt() }
        // What the peer sent right behind its last flight may have overtaken it.
        for record in early { bio.inbox.append(record) }
        if !bio.isDrained || SSL_has_pending(ssl) == 1 || !early.isEmpty {
            readRecords(largest: Record.largestBody, now: now)
        }
    }

    private func completeHandshake(_ handshake: Handshake, now: Instant) {
        guard role == .server, !peerChain.isEmpty else {
            sendWrittenFlight(now: now)
            return becomeEstablished(now: now)
        }
        // Libssl cannot suspend a server, but what it has just written is the last flight, without which the client
        // has no complete handshake: it leaves when the verdict is in.
        suspend(handshake, now: now) { .awaitingVerdict($0) }
    }

    private func suspend(_ handshake: Handshake, now: Instant, as next: (Handshake) -> State) {
        var handshake = handshake
        handshake.suspendedAt = now
        handshake.hint = nil
        state = next(handshake)
        if case .awaitingVerdict = state {
            events.append(.verifyPeer(peerChain))
        } else {
            events.append(.certificateRequested)
        }
    }

    // MARK: Hints

    /// Weighs an alert in the clear, which anybody can forge, and a refusing peer sends once: it is believed unless the
    /// peer shows a sign of life before it has been asked again.
    ///
    /// No later: a peer that has refused may be gone by then, and its host's word for that (ICMP) says less.
    func weigh(_ alert: PlaintextAlert, now: Instant) {
        guard case .handshaking(var handshake) = state, handshake.hint == nil else {
            exchange?.suspendedAlert = alert
            return
        }
        // A server that nobody has spoken to has nobody to hear it from.
        guard exchange?.hello != nil else { return }
        let isFarewell = alert.description == PlaintextAlert.closeNotify
        let error = EngineError(isFarewell ? .closedDuringHandshake : .peerAlert(alert.description))
        handshake.hint = (error, exchange?.timer?.next ?? now + RetransmissionTimer.first)
        state = .handshaking(handshake)
    }

    /// The peer is there, and goes on with the handshake.
    func noteSignOfLife() {
        guard case .handshaking(var handshake) = state, handshake.hint != nil else { return }
        // A refused hello that is said again is none; one that is taken will be.
        if case .clientHello = exchange?.awaited { return }
        handshake.hint = nil
        state = .handshaking(handshake)
    }
}
