// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Which of several possible flights is the server's.
extension DTLSEngine {
    /// No larger flight than this is kept for being called a mistake, in bytes: anybody can forge one.
    private static let largestMistake = 6 * 1024
    /// The datagrams of a flight follow each other within this, in microseconds.
    private static let burst: Int64 = 50_000

    /// Goes on with the server's flight if it is whole.
    func considerServerFlight(now: Instant) {
        considerCookies(now: now)
        guard let hello = exchange?.hello, let clientHello = ClientHello(hello.body) else { return }
        var trialsLeft = Trials.limitPerDatagram
        var isInDoubt = false
        for sequence: UInt16 in exchange?.cookies.used == nil ? [0] : [1, 0] {
            for flight in serverFlights(from: sequence) {
                let key = flight.messages.filter(SignatureProof.concerns).hashValue
                if exchange?.trials.isRefuted(key) == true { continue }
                var proof = Proof.proven
                if exchange?.trials.proven != key {
                    guard trialsLeft > 0 else { return }
                    trialsLeft -= 1
                    proof = SignatureProof.check(
                        flight,
                        clientRandom: clientHello.random,
                        ssl: ssl,
                        knownKeys: configuration.context.knownKeys
                    )
                }
                switch proof {
                case .proven, .unprovable:
                    if case .proven = proof { exchange?.trials.proven = key }
                    guard let patience = patience(with: flight, from: sequence) else {
                        return takeServerFlight(flight, from: sequence, now: now)
                    }
                    if !isInDoubt { doubt(flight, from: sequence, until: now + patience) }
                    isInDoubt = true
                case .refuted:
                    statistics.drop(.implausible)
                    exchange?.trials.refute(key)
                    guard flight.messages.reduce(0, { $0 + $1.bytes.count }) <= Self.largestMistake else { continue }
                    doubt(flight, from: sequence, until: nil)
                }
            }
        }
        if takeDoubtfulFlight(now: now) { return }
        guard clientHello.offersSession, exchange?.early.handshake.isEmpty == false else { return }
        let store = exchange?.reassembly ?? Reassembly()
        if let flight = PeerFlight.readings(PeerFlight.abbreviatedServerSteps, in: store, from: 0).first {
            takeServerFlight(flight, from: 0, now: now)
        }
    }

    private func serverFlights(from sequence: UInt16) -> [PeerFlight] {
        PeerFlight.readings(PeerFlight.serverSteps, in: exchange?.reassembly ?? Reassembly(), from: sequence)
    }

    /// How long to wait for something better than this, which answers the client's hello; `nil`: not at all.
    ///
    /// A server that has asked for a cookie answers the hello that has it; one that has not asked, and somebody else did,
    /// does not. And not all of a flight is signed: a ServerHelloDone, or a request for a certificate, may be a forger's
    /// that came before the true one, which is on its way then.
    private func patience(with flight: PeerFlight, from sequence: UInt16) -> Int64? {
        if sequence == 0, exchange?.cookies.used != nil { return RetransmissionTimer.usual }
        return switch flight.order {
        case .kept: nil
        case .restored: Self.burst
        case .broken: RetransmissionTimer.usual
        }
    }

    /// Keeps a flight that is not beyond doubt.
    private func doubt(_ flight: PeerFlight, from sequence: UInt16, until expiry: Instant?) {
        var expiry = expiry
        if let known = exchange?.doubt {
            guard let new = expiry else { return }
            // With each datagram another reading may become the most plausible.
            expiry = min(new, known.expiry ?? new)
        }
        exchange?.doubt = Exchange.Doubt(flight: flight, sequence: sequence, expiry: expiry)
    }

    /// Goes on with a flight that is not beyond doubt, when nothing better has come in its time.
    ///
    /// - Parameters:
    ///   - isLast: whether the handshake's own time is up: one that is not the server's, or a server's mistake, is the
    ///     latter then, and libssl says what is wrong with it.
    ///   - now: the present instant.
    /// - Returns: whether there was one.
    func takeDoubtfulFlight(isLast: Bool = false, now: Instant) -> Bool {
        guard let doubt = exchange?.doubt, isLast || doubt.expiry.map({ now >= $0 }) == true else { return false }
        takeServerFlight(doubt.flight, from: doubt.sequence, now: now)
        return true
    }

    /// Gives libssl a server's flight, first what it takes for the server's demand for a cookie.
    func takeServerFlight(_ flight: PeerFlight, from sequence: UInt16, now: Instant) {
        if sequence == 1, !takeCookie(now: now) { return }
        exchange?.consume(flight.messages, thenAwaiting: .finished)
        let hello = flight.messages.prefix(1)
        deliver(Array(hello), version: RecordHeader.version12)
        // From the ServerHello on records have the version that it names.
        let serverHello = flight.body(.serverHello).flatMap { ServerHello($0) }
        let version = serverHello?.version ?? RecordHeader.version12
        exchange?.awaitsTicket =
            serverHello?.extensions.announcesTicket == true && flight.body(.newSessionTicket) == nil
        deliver(Array(flight.messages.dropFirst()), version: version)
        advanceHandshake(now: now)
        if let early = exchange?.early.handshake, !early.isEmpty { takeFinished(early, now: now) }
        sendWrittenFlight(now: now)
    }
}
