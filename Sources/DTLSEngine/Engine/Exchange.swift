// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a handshake has to keep in mind beside libssl: what was said, what has come and is not whole yet, what is awaited.
///
/// It lives from the first command until nobody can lack this end's last flight any more.
struct Exchange {
    /// What libssl has to be given next.
    enum Awaited {
        /// A server has heard nothing it could answer.
        case clientHello
        /// A client has said hello.
        case serverFlight
        /// A server has answered a hello.
        case clientFlight
        /// All that is missing is the peer's ChangeCipherSpec and Finished.
        case finished
    }

    /// A message that libssl has been given, as its fragments name it.
    struct Consumed {
        let type: UInt8
        let sequence: UInt16
        let length: Int
    }

    /// A flight that is not beyond doubt: given to libssl when nothing better has come by then.
    struct Doubt {
        let flight: PeerFlight
        let sequence: UInt16
        /// It answers this end's hello, but there may be a better reading of what has come; `nil`: it does not, and is kept
        /// until the handshake's own limit.
        let expiry: Instant?
    }

    var awaited: Awaited

    // MARK: The peer's part

    var reassembly = Reassembly()
    var early = EarlyRecords()
    /// Datagrams received, to tell which fragments came together.
    var datagrams: UInt64 = 0
    /// The number of the next message that libssl takes.
    var expected: UInt16 = 0
    /// The messages of the peer's last flight.
    var consumed: [Consumed] = []
    /// The record number at epoch 0 that libssl is told next: the peer's own are not authenticated, and a forged far-ahead
    /// one would poison libssl's replay window.
    var nextRecord: UInt64 = 0
    /// Whether libssl has been told to change to the peer's keys.
    var hasChangedCipher = false
    /// Whether the server has announced a session ticket, which comes before its ChangeCipherSpec.
    var awaitsTicket = false
    var doubt: Doubt?
    /// What has been tried and does not have to be tried again.
    var trials = Trials()
    /// An alert in the clear that came while the handshake stood still.
    var suspendedAlert: PlaintextAlert?

    // MARK: This end's part

    /// The client's hello: on a client its own, without a cookie; on a server the one that it has answered.
    var hello: HandshakeMessage?
    var cookies = Cookies()
    var flight = Flight()
    var timer: RetransmissionTimer?
    /// What libssl has written of a flight that is not sent yet.
    var written: [Flight.Item] = []
    /// The beginning of a message that libssl wrote in several records.
    var partial: [UInt8] = []
    /// The number of the last message that libssl wrote.
    var lastWritten = -1
    /// How often libssl has sealed the flight anew.
    var renewals = 0

    init(role: Role) {
        awaited = role == .client ? .serverFlight : .clientHello
    }

    /// Whether fragments of this kind and number can be genuine at this point.
    func expects(_ kind: HandshakeMessage.Kind, sequence: UInt16) -> Bool {
        switch (awaited, kind) {
        case (.clientHello, .clientHello): sequence == 0
        // With or without a cookie: two hellos of different clients contest for the server.
        case (.clientFlight, .clientHello): sequence <= 1
        case (.clientFlight, .certificate), (.clientFlight, .clientKeyExchange), (.clientFlight, .certificateVerify):
            (expected..<expected + 3).contains(sequence)
        case (.serverFlight, .helloVerifyRequest): sequence == 0
        case (.serverFlight, .serverHello): sequence <= 1
        case (.serverFlight, .certificate), (.serverFlight, .certificateStatus), (.serverFlight, .serverKeyExchange),
            (.serverFlight, .certificateRequest), (.serverFlight, .serverHelloDone),
            (.serverFlight, .newSessionTicket):
            (1...8).contains(sequence)
        case (.finished, .newSessionTicket): awaitsTicket && sequence == expected
        default: false
        }
    }

    /// Whether a fragment is of a message that libssl has been given.
    func isConsumed(_ fragment: HandshakeFragment) -> Bool {
        consumed.contains {
            $0.sequence == fragment.messageSequence && $0.type == fragment.type && $0.length == fragment.messageLength
        }
    }

    /// Notes that libssl is given these, which are all of a flight.
    mutating func consume(_ messages: [HandshakeMessage], thenAwaiting next: Awaited) {
        if !messages.isEmpty {
            consumed = messages.map { Consumed(type: $0.type, sequence: $0.sequence, length: $0.body.count) }
        }
        if let last = messages.last { expected = last.sequence &+ 1 }
        awaited = next
        doubt = nil
        trials = Trials()
        reassembly.forget(before: expected)
    }
}

/// The cookies of HelloVerifyRequests (RFC 6347 §4.2.1), on either end.
struct Cookies {
    /// A client: those that somebody asked it to come back with, each once, in the order in which they were last asked for,
    /// and of many the newest.
    ///
    /// Anybody can ask. So the client says hello again by itself, leaving libssl as it was, and goes on with whichever
    /// answer proves to be the server's.
    private(set) var asked: [[UInt8]] = []
    /// A client: the one that it used last, that an answer to it belongs to.
    private(set) var used: [UInt8]?
    /// A client: libssl has been told of it.
    var isTaken = false
    /// A server: the one that it asks for, once two different hellos have come.
    var own: [UInt8]?
    private var turns = 0

    private static let limit = 8

    /// Notes a cookie.
    /// - Returns: whether to use it at once, being the first.
    mutating func note(_ cookie: [UInt8]) -> Bool {
        // Forged ones, however many, do not keep out the server's: it asks again when it hears the first hello again.
        asked.removeAll { $0 == cookie }
        if asked.count == Self.limit { asked.removeFirst() }
        asked.append(cookie)
        guard used == nil else { return false }
        used = cookie
        return true
    }

    /// The cookie to say hello with this time, `nil` for none: each has its turn, and now and then so has the first hello,
    /// which the server may have missed if a cookie was forged, and after that the cookie that it was answered with.
    mutating func next() -> [UInt8]? {
        guard !asked.isEmpty else { return nil }
        turns += 1
        switch turns % 3 {
        case 0: return nil
        case 1 where turns > 1: used = asked.last
        default: used = asked[turns % asked.count]
        }
        return used
    }
}

/// What was found out about flights that libssl has not been given: trying costs as much as a signature.
struct Trials {
    /// No more than so many trials are made for one datagram.
    static let limitPerDatagram = 2

    private var refuted: [Int] = []
    /// The last one that only the peer can have made.
    var proven: Int?
    /// Each with the number of early records that were tried on it.
    private var proofs: [(flight: Int, proof: FinishedProof, tried: Int)] = []

    func isRefuted(_ flight: Int) -> Bool { refuted.contains(flight) }

    mutating func refute(_ flight: Int) {
        if refuted.count == 64 { refuted.removeFirst() }
        refuted.append(flight)
    }

    func proof(of flight: Int) -> FinishedProof? { proofs.first { $0.flight == flight }?.proof }

    mutating func keep(_ proof: FinishedProof, of flight: Int) {
        if proofs.count == 4 { proofs.removeFirst() }
        proofs.append((flight, proof, 0))
    }

    /// The records that were not tried on a flight's proof yet; from now on they have been.
    mutating func untried(_ early: EarlyRecords, on flight: Int) -> ArraySlice<[UInt8]> {
        guard let index = proofs.firstIndex(where: { $0.flight == flight }) else { return [] }
        defer { proofs[index].tried = early.handshakeCount }
        return early.handshake(after: proofs[index].tried)
    }
}
