// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension DTLSEngine {
    /// Libssl seals a flight anew no oftener than this: it gives up after twelve times.
    private static let renewalLimit = 10

    /// Takes apart what libssl has written in one call.
    ///
    /// - Parameter count: how many datagrams were waiting to be sent before.
    func collectWritten(after count: Int) {
        guard exchange != nil, bio.outbox.count > count else { return }
        let bytes = bio.outbox.takeAll(after: count).flatMap { $0 }
        // Libssl repeats its flight by itself when the wall clock jumps, and when a client asks for the last one again.
        var isRenewal = exchange?.flight.changesCipher == true
        var sealed: [[UInt8]] = []
        bytes.withUnsafeBytes { bytes in
            var reader = RecordReader(bytes)
            while case .record(let record)? = reader.next() {
                switch (RecordHeader.ContentType(rawValue: record.header.type), record.header.epoch) {
                case (.handshake, 0):
                    for (fragment, body) in HandshakeFragment.row(record.body) ?? [] {
                        isRenewal = Int(fragment.messageSequence) <= (exchange?.lastWritten ?? -1) && !hasPartial
                        if !isRenewal { collect(fragment, body, version: record.header.version) }
                    }
                case (.changeCipherSpec, _):
                    if !isRenewal { exchange?.written.append(.changeCipherSpec(version: record.header.version)) }
                case (.handshake, _):
                    if isRenewal {
                        sealed.append(Array(record.bytes))
                    } else {
                        exchange?.written.append(.protected(Array(record.bytes)))
                    }
                case (_, 0):
                    sendPlaintext(.alert, Array(record.body), version: record.header.version)
                default:
                    bio.outbox.append(Array(record.bytes))
                }
            }
        }
        if !sealed.isEmpty {
            exchange?.renewals += 1
            exchange?.flight.renew(sealed)
        }
    }

    /// Libssl writes while it reads application data: its last flight once more for a peer that repeats its own, or an
    /// alert.
    ///
    /// It counts the former, and gives up after twelve.
    func noteWrittenWhileReading(after count: Int, now: Instant) {
        let before = exchange?.renewals
        if exchange != nil {
            collectWritten(after: count)
        } else {
            let written = bio.outbox.takeAll(after: count)
            let isRepetition = written.first?.first == RecordHeader.ContentType.changeCipherSpec.rawValue
            if isRepetition {
                filter.refusesHandshake = true
            } else {
                for datagram in written { bio.outbox.append(datagram) }
            }
        }
        guard let exchange, exchange.renewals != before else { return }
        filter.refusesHandshake = exchange.renewals >= Self.renewalLimit
        sayAgain(now: now)
    }

    private var hasPartial: Bool { exchange?.partial.isEmpty == false }

    /// Puts a message together that libssl has written, whose fragments come in order.
    private func collect(_ fragment: HandshakeFragment, _ body: UnsafeRawBufferPointer, version: UInt16) {
        exchange?.partial += body
        guard let exchange, exchange.partial.count == fragment.messageLength else { return }
        let message = HandshakeMessage(type: fragment.type, sequence: fragment.messageSequence, body: exchange.partial)
        self.exchange?.partial = []
        self.exchange?.lastWritten = Int(fragment.messageSequence)
        self.exchange?.written.append(.message(message, version: version))
    }

    /// Sends the flight that libssl has written, if it has written one and may send it.
    func sendWrittenFlight(now: Instant) {
        switch state {
        case .handshaking, .established, .failed: break
        case .idle, .awaitingVerdict, .awaitingCertificate: return
        }
        guard let written = exchange?.written, !written.isEmpty else { return }
        exchange?.written = []
        say(Flight(written), now: now)
    }

    /// Says something new.
    func say(_ flight: Flight, now: Instant) {
        // The last size was answered.
        handshakeMTU = attemptMTU
        exchange?.flight = flight
        // A server that takes up an earlier session has nothing more to hear but the Finished.
        if role == .server, flight.changesCipher { exchange?.awaited = .finished }
        // A hello may have been forged, and what answers it is larger.
        let isUnheard = role == .server && exchange?.hasChangedCipher == false
        exchange?.timer = RetransmissionTimer(now: now, limit: isUnheard ? RetransmissionTimer.unheardLimit : .max)
        send(flight)
    }

    /// Says the present flight again because no answer has come.
    func repeatFlight(now: Instant) {
        // A flight that is in doubt for the moment answers the hello that was said last.
        if exchange?.doubt?.expiry == nil, let hello = nextHello() { exchange?.flight = hello }
        renew()
        guard case .handshaking = state else { return }
        sayAgain(now: now)
    }

    /// Says the present flight again because the peer says its own again.
    func answerRepetition(now: Instant) {
        guard exchange?.flight.isEmpty == false, exchange?.timer?.answers(now: now) == true else { return }
        sayAgain(now: now)
    }

    /// Says the present flight again as it is.
    func sayAgain(now: Instant) {
        guard let exchange, exchange.timer != nil else { return }
        self.exchange?.timer?.noteRepeat(now: now)
        statistics.retransmissions += 1
        send(exchange.flight)
    }

    /// Sends one record in the clear by itself.
    func sendPlaintext(_ type: RecordHeader.ContentType, _ body: [UInt8], version: UInt16 = RecordHeader.version12) {
        bio.outbox.append(Record.plaintext(type, version: version, sequence: nextPlaintextSequence, body: body))
        nextPlaintextSequence += 1
    }

    /// Cuts a flight to what the path takes, and sends it.
    func send(_ flight: Flight) {
        for datagram in flight.datagrams(mtu: attemptMTU, sequence: &nextPlaintextSequence) {
            bio.outbox.append(datagram)
        }
    }

    /// Has libssl seal the Finished anew, if its clock lets it.
    ///
    /// A peer that has the Finished and whose own last flight was lost takes the same record for a replay, so it has to
    /// come under another number now and then. Only libssl has the keys, and it does so by its own timer alone.
    private func renew() {
        guard let exchange, exchange.flight.changesCipher, exchange.renewals < Self.renewalLimit else { return }
        let ssl = self.ssl
        let written = bio.outbox.count
        let result = OpenSSL.call(failure: 0) { COpenSSL_DTLSv1_handle_timeout(ssl) }
        if result < 0 { return fail(classifyFailure()) }
        collectWritten(after: written)
    }

    /// Given to `DTLS_set_timer_cb`: microseconds until libssl repeats its flight, which only ``renew()`` wants.
    static let timerCallback: @convention(c) (OpenSSLPointer?, UInt32) -> UInt32 = { ssl, _ in
        guard let exchange = ssl.flatMap({ DTLSEngine.of($0) })?.exchange, case .finished = exchange.awaited,
            exchange.renewals < renewalLimit
        else { return .max }
        return UInt32(RetransmissionTimer.usual - 100_000)
    }
}
