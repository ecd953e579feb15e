// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// One DTLS association over libssl, with no socket, no clock and no lock of its own.
///
/// Its methods fall into three classes:
/// - *inputs*, from the network and the clock: ``receive(_:now:)``, ``handleTimeout(now:)``, ``noteTooLarge(_:now:)``;
/// - *commands*, from the application: ``startHandshake(now:)``, ``send(_:now:)``, ``shutdown(now:)``,
///   ``resolvePeerVerification(_:now:)``, ``resolveCertificateRequest(_:now:)``;
/// - *output*: ``poll()``.
///
/// After any input or command poll until ``Output/timeout(_:)``; only then is the state consistent. `now` never goes
/// back. Calls that come too often or too late do nothing. After ``Event/failed(_:)`` every input is inert and every
/// command throws that error. A malformed, replayed, forged or misplaced datagram changes nothing but a counter.
///
/// Not thread-safe: the owner serialises all calls (an `SSL` bears one thread at a time).
public final class DTLSEngine {
    enum State {
        case idle
        case handshaking(Handshake)
        /// The peer's certificate is being judged. A server's last flight is withheld meanwhile; a client stands
        /// still inside libssl and has none.
        case awaitingVerdict(Handshake)
        /// A client looks for a certificate to show.
        case awaitingCertificate(Handshake)
        case established(Halves)
        case failed(EngineError)
    }

    /// What a running handshake has to keep in mind of time.
    struct Handshake {
        /// When it has taken too long.
        var deadline: Instant
        /// Something that ends the handshake at `expiry`, unless the peer shows a sign of life before.
        var hint: (error: EngineError, expiry: Instant)?
        /// Since when it has stood still, waiting for an answer of this end's.
        var suspendedAt: Instant?
    }

    /// The directions that are still open.
    struct Halves: OptionSet {
        let rawValue: UInt8
        static let sending = Halves(rawValue: 1)
        static let receiving = Halves(rawValue: 2)
    }

    /// Which end this is.
    public let role: Role
    var configuration: EngineConfiguration
    /// A server makes another one for another hello.
    var ssl: OpenSSLPointer
    let bio: DatagramBIO
    var state = State.idle
    var filter = RecordFilter()
    /// The handshake's part, until nobody can lack anything of it.
    var exchange: Exchange?
    var events = FIFO<Event>()
    /// What the path takes of a handshake, in bytes of UDP payload.
    var handshakeMTU: Int
    /// The next record number of this end at epoch 0.
    var nextPlaintextSequence: UInt64 = 0
    /// Answers for libssl's callbacks, and what they were told.
    var verdict: Verdict?
    var certificateRequest = CertificateRequest.none
    var peerChain: [X509Certificate] = []

    /// What has been counted so far.
    public internal(set) var statistics = Statistics()
    /// Whether the peer may still lack this end's last flight: keep feeding datagrams until it is clear that it does
    /// not, or the peer waits forever (RFC 6347 §4.2.4).
    public internal(set) var owesLastFlight = false
    /// The largest application datagram that fits, in bytes; 0 before the handshake is complete.
    public internal(set) var maximumDataSize = 0

    /// Makes an engine that has sent nothing yet.
    public init(configuration: EngineConfiguration) throws(EngineError) {
        role = configuration.context.policy.role
        self.configuration = configuration
        bio = DatagramBIO()
        handshakeMTU = Self.handshakeMTU(configuration.mtu)
        do {
            ssl = try OpenSSL.make { SSL_new(configuration.context.pointer) }
        } catch {
            throw EngineError(.resourcesExhausted, error)
        }
        do {
            try configureSSL()
        } catch {
            throw EngineError(.unusableCredentials, error)
        }
    }

    deinit {
        // First the SSL, whose BIO and callbacks point at objects of this engine.
        SSL_free(ssl)
    }

    // MARK: Inputs

    /// Takes one datagram from the network.
    ///
    /// The bytes are not kept.
    public func receive(_ datagram: UnsafeRawBufferPointer, now: Instant) {
        statistics.datagramsReceived += 1
        statistics.bytesReceived += UInt64(datagram.count)
        switch state {
        case .established:
            if exchange != nil { answerRepetition(in: datagram, now: now) }
            switch filter.judge(datagram, statistics: &statistics) {
            case .passWhole: readRecords(of: datagram, now: now)
            case .pass(let records): records.withUnsafeBytes { readRecords(of: $0, now: now) }
            case .dropAll: break
            }
        case .handshaking, .awaitingVerdict, .awaitingCertificate:
            takeHandshake(datagram, now: now)
        case .idle, .failed:
            statistics.drop(.afterEnd)
        }
    }

    /// Tells the engine that the deadline it polled has come; before that it does nothing.
    public func handleTimeout(now: Instant) {
        guard case .handshaking(let handshake) = state else {
            if case .established = state, let next = exchange?.timer?.next, now >= next { sayAgain(now: now) }
            return
        }
        let isOver = now >= handshake.deadline
        if let (error, expiry) = handshake.hint, isOver || now >= expiry {
            return fail(error)
        }
        if isOver {
            _ = takeDoubtfulFlight(isLast: true, now: now)
            guard case .handshaking = state else { return }
            return fail(EngineError(hasSeenDTLS ? .handshakeTimedOut : .notDTLS))
        }
        if takeDoubtfulFlight(now: now) { return }
        if let next = exchange?.timer?.next, now >= next {
            repeatFlight(now: now)
        }
    }

    // MARK: Output

    /// The next thing to do or know; ``Output/timeout(_:)`` when there is none.
    public func poll() -> Output {
        if let datagram = bio.outbox.popFirst() {
            statistics.datagramsSent += 1
            statistics.bytesSent += UInt64(datagram.count)
            return .transmit(datagram)
        }
        if let event = events.popFirst() {
            return .event(event)
        }
        return .timeout(deadline)
    }

    /// Takes back a datagram of ``poll()`` that was sent, to use its memory again.
    ///
    /// Nobody has to.
    public func recycle(_ datagram: consuming [UInt8]) {
        bio.recycle(datagram)
    }

    /// The earliest instant at which something has to happen without a datagram.
    public var deadline: Instant? {
        guard case .handshaking(let handshake) = state else {
            if case .established = state { return exchange?.timer?.next }
            return nil
        }
        return [handshake.deadline, handshake.hint?.expiry, exchange?.doubt?.expiry, exchange?.timer?.next]
            .compactMap { $0 }.min()
    }

    // MARK: State

    /// Ends the association and tells so once.
    func fail(_ error: EngineError) {
        if case .failed = state { return }
        state = .failed(error)
        settleDebt()
        events.append(.failed(error))
    }

    /// The peer lacks nothing of the handshake any more, or nobody is left who could tell it.
    func settleDebt() {
        owesLastFlight = false
        exchange = nil
    }

    /// Whether anything that came was DTLS; if not, the peer speaks something else.
    private var hasSeenDTLS: Bool {
        statistics.datagramsReceived == 0 || filter.hasPassed
    }
}
