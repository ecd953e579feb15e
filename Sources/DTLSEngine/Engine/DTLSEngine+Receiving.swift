// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// What one datagram has brought.
private struct Arrival {
    /// Something that was not known before.
    var isNews = false
    /// The peer says again what libssl has been given: it may lack this end's flight.
    var isRepeated = false
    var alert: PlaintextAlert?
    var protected: [Record] = []
}

extension DTLSEngine {
    /// Takes a datagram while the handshake lasts.
    func takeHandshake(_ datagram: UnsafeRawBufferPointer, now: Instant) {
        exchange?.datagrams += 1
        var arrival = Arrival()
        filter.sift(datagram, statistics: &statistics) { record, statistics in
            sort(record, into: &arrival, &statistics)
        }
        if arrival.isNews || arrival.isRepeated || !arrival.protected.isEmpty { noteSignOfLife() }
        takeProtected(arrival.protected, now: now)
        // A Finished may have been all that a flight of messages was waiting for.
        let mayComplete = !arrival.protected.isEmpty && exchange?.hasChangedCipher == false
        if arrival.isNews || arrival.isRepeated || mayComplete { considerWhatCame(now: now) }
        if case .handshaking = state, arrival.isRepeated { answerRepetition(now: now) }
        if let alert = arrival.alert { weigh(alert, now: now) }
    }

    /// The peer may lack this end's last flight: it says its own again (RFC 6347 §4.2.4).
    func answerRepetition(in datagram: UnsafeRawBufferPointer, now: Instant) {
        var isRepeated = false
        var reader = RecordReader(datagram)
        while case .record(let record)? = reader.next() {
            guard record.header.epoch == 0, record.header.type == RecordHeader.ContentType.handshake.rawValue,
                let row = HandshakeFragment.row(record.body)
            else { continue }
            if row.contains(where: { exchange?.isConsumed($0.0) == true }) { isRepeated = true }
        }
        if isRepeated { answerRepetition(now: now) }
    }

    private func sort(_ record: Record, into arrival: inout Arrival, _ statistics: inout Statistics) {
        if record.header.epoch > 0 { return arrival.protected.append(record) }
        switch RecordHeader.ContentType(rawValue: record.header.type) {
        case .alert:
            statistics.drop(.plaintextAlert)
            arrival.alert = PlaintextAlert(record.body) ?? arrival.alert
        case .handshake:
            guard let row = HandshakeFragment.row(record.body) else { return statistics.drop(.badFragment) }
            for (fragment, bytes) in row { sort(fragment, bytes, into: &arrival, &statistics) }
        default:
            break
        }
    }

    private func sort(
        _ fragment: HandshakeFragment,
        _ bytes: UnsafeRawBufferPointer,
        into arrival: inout Arrival,
        _ statistics: inout Statistics
    ) {
        guard let kind = HandshakeMessage.Kind(rawValue: fragment.type), let exchange else {
            return statistics.drop(.unexpectedMessage)
        }
        // A hello is compared as a whole: another one may be the true client's.
        if kind != .clientHello, exchange.isConsumed(fragment) {
            arrival.isRepeated = true
            return statistics.drop(.repeated)
        }
        guard exchange.expects(kind, sequence: fragment.messageSequence) else {
            return statistics.drop(.unexpectedMessage)
        }
        let isNew = self.exchange?.reassembly.add(fragment, bytes, datagram: exchange.datagrams) == true
        // Repeated it is no news, but shows which messages belong together, and is an occasion to try what was not.
        arrival.isNews = true
        if !isNew { statistics.drop(.repeated) }
    }

    // MARK: Protected records

    private func takeProtected(_ records: [Record], now: Instant) {
        guard !records.isEmpty, let awaited = exchange?.awaited else { return }
        if case .handshaking = state, case .finished = awaited, exchange?.hasChangedCipher == false {
            changeCipher(now: now)
        }
        for record in records {
            if case .handshaking = state, exchange?.hasChangedCipher == true {
                if let reason = filter.reasonToDrop(record) { statistics.drop(reason) } else { deliver(record) }
            } else if isEarly(record) {
                if let reason = exchange?.early.add(record) { statistics.drop(reason) }
            } else {
                statistics.drop(.wrongEpoch)
            }
        }
        if !bio.isDrained { advanceHandshake(now: now) }
        sendWrittenFlight(now: now)
    }

    private func deliver(_ record: Record) {
        bio.inbox.append(Array(record.bytes))
    }

    /// Whether a protected record can be genuine before its keys are there.
    private func isEarly(_ record: Record) -> Bool {
        switch exchange?.awaited {
        case .clientFlight, .finished: true
        case .serverFlight: offersSession
        case .clientHello, nil: false
        }
    }

    private var offersSession: Bool {
        exchange?.hello.flatMap { ClientHello($0.body) }?.offersSession == true
    }

    // MARK: Whole flights

    /// Goes on if what has come so far suffices for it.
    func considerWhatCame(now: Instant) {
        guard case .handshaking = state else { return }
        switch exchange?.awaited {
        case .clientHello: considerHello(now: now)
        case .serverFlight: considerServerFlight(now: now)
        case .clientFlight:
            considerContestedHello(now: now)
            considerClientFlight(now: now)
        case .finished: considerTicket(now: now)
        case nil: break
        }
        sendWrittenFlight(now: now)
    }

    private func considerClientFlight(now: Instant) {
        guard let exchange, let hello = exchange.hello, !exchange.early.handshake.isEmpty else { return }
        let answer = exchange.flight.messages
        let asks = answer.contains { $0.kind == .certificateRequest }
        let steps = asks ? PeerFlight.clientSteps : [(.clientKeyExchange, false)]
        var trialsLeft = Trials.limitPerDatagram
        for flight in PeerFlight.readings(steps, in: exchange.reassembly, from: exchange.expected) {
            guard !asks || flight.body(.certificate) != nil else { continue }
            let key = flight.messages.hashValue
            if exchange.trials.isRefuted(key) { continue }
            var proof = exchange.trials.proof(of: key)
            if proof == nil {
                guard trialsLeft > 0 else { return }
                trialsLeft -= 1
                switch FinishedProof.attempt(flight, after: hello, answer, ssl: ssl) {
                case .unprovable:
                    return takeClientFlight(flight, exchange.early.handshake, now: now)
                case .refuted:
                    statistics.drop(.implausible)
                    self.exchange?.trials.refute(key)
                    continue
                case .made(let made):
                    self.exchange?.trials.keep(made, of: key)
                    proof = made
                }
            }
            guard let proof, let untried = self.exchange?.trials.untried(exchange.early, on: key) else { continue }
            if let finished = untried.first(where: proof.isFinished) {
                return takeClientFlight(flight, [finished], now: now)
            }
        }
    }

    private func takeClientFlight(_ flight: PeerFlight, _ finished: [[UInt8]], now: Instant) {
        exchange?.consume(flight.messages, thenAwaiting: .finished)
        exchange?.timer = nil
        deliver(flight.messages, version: UInt16(truncatingIfNeeded: SSL_version(ssl)))
        advanceHandshake(now: now)
        takeFinished(finished, now: now)
    }

    func takeFinished(_ records: [[UInt8]], now: Instant) {
        guard case .handshaking = state else { return }
        changeCipher(now: now)
        guard exchange?.hasChangedCipher == true else { return }
        for record in records where record.count >= RecordHeader.size + filter.protectedOverhead {
            bio.inbox.append(record)
        }
        advanceHandshake(now: now)
    }

    private func considerTicket(now: Instant) {
        guard let exchange, exchange.awaitsTicket,
            let last = exchange.reassembly.messages(.newSessionTicket, sequence: exchange.expected).first
        else { return }
        self.exchange?.awaitsTicket = false
        self.exchange?.consume([last.message], thenAwaiting: .finished)
        deliver([last.message], version: UInt16(truncatingIfNeeded: SSL_version(ssl)))
        advanceHandshake(now: now)
        takeFinished(exchange.early.handshake, now: now)
    }
}
