// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CVirtualClock
package import DTLSEngine

/// A client and a server engine over a ``Link``, in virtual time.
package final class Pair {
    /// One engine and what has come out of it.
    package final class End {
        package let engine: DTLSEngine
        package var received: [[UInt8]] = []
        package var negotiated: Negotiated?
        package var failure: EngineError?
        package var isPeerClosed = false
        package var verificationsAsked = 0
        package var certificatesAsked = 0
        /// Every datagram it has sent, lost or not.
        package var sent: [[UInt8]] = []
        /// What to answer when it asks; `nil`: leave it waiting.
        package var verdict: Verdict? = .accept
        package var answer: Credentials?
        /// How long to think about either answer, in microseconds.
        package var thinkingTime: Int64 = 0
        /// Its application never calls when a timer is due.
        package var isDeafToTimers = false
        fileprivate var answersDue: [(Instant, (DTLSEngine, Instant) -> Void)] = []

        fileprivate init(_ configuration: EngineConfiguration) throws {
            engine = try DTLSEngine(configuration: configuration)
        }

        fileprivate var deadline: Instant? {
            (answersDue.map(\.0) + (isDeafToTimers ? [] : [engine.deadline].compactMap { $0 })).min()
        }
    }

    package static let clientContext = try? SSLContext(policy: .init(role: .client))
    package static let serverContext = try? SSLContext(policy: .init(role: .server))

    package private(set) var client: End
    package let server: End
    private let clientConfiguration: EngineConfiguration
    package var link: Link
    package private(set) var now = Instant(microseconds: 0)
    /// How far the wall clock, which libssl asks, is off the clock of everybody else, in microseconds.
    package var wallClockError: Int64 = 0
    /// Called before each step with the number of steps that were made: the moments of a conversation.
    package var beforeStep: (Int) -> Void = { _ in }
    private var steps = 0
    private var inFlight: [(arrival: Instant, order: Int, to: Role, bytes: [UInt8])] = []
    private var order = 0

    /// Makes the two engines at instant 0; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - link: the network.
    ///   - configure: changes the two configurations, client's first.
    /// - Throws: what an engine says to its configuration.
    package init(
        _ link: Link = Link(),
        configure: (inout EngineConfiguration, inout EngineConfiguration) -> Void = { _, _ in }
    ) throws {
        guard let clientContext = Self.clientContext, let serverContext = Self.serverContext else {
            throw Unavailable()
        }
        var ofClient = EngineConfiguration(context: clientContext)
        var ofServer = EngineConfiguration(context: serverContext)
        ofServer.credentials = Identity.server
        configure(&ofClient, &ofServer)
        clientConfiguration = ofClient
        client = try End(ofClient)
        server = try End(ofServer)
        self.link = link
        setClock()
    }

    deinit {
        virtual_clock_clear()
    }

    package subscript(_ role: Role) -> End { role == .client ? client : server }

    package var isConnected: Bool { client.negotiated != nil && server.negotiated != nil }

    /// Starts both ends and lets them talk until both are connected, or both have failed, or time is up.
    ///
    /// - Parameter limit: microseconds of virtual time.
    /// - Returns: whether both are connected.
    @discardableResult
    package func connect(within limit: Int64 = 120_000_000) -> Bool {
        start()
        drive(until: { self.isConnected || self.client.failure != nil && self.server.failure != nil }, within: limit)
        settle()
        return isConnected
    }

    /// Starts both ends.
    package func start() {
        command(.server) { $0.startHandshake(now: $1) }
        command(.client) { $0.startHandshake(now: $1) }
    }

    /// The client's machine starts anew: another client says hello from the same address.
    ///
    /// What the old one sent last is lost with it.
    package func restartClient() throws {
        inFlight.removeAll { $0.to == .server }
        let old = client
        client = try End(clientConfiguration)
        (client.verdict, client.answer, client.thinkingTime) = (old.verdict, old.answer, old.thinkingTime)
        command(.client) { $0.startHandshake(now: $1) }
    }

    /// Calls a command of one end at the present instant and takes what comes out.
    package func command(_ role: Role, _ body: (DTLSEngine, Instant) throws -> Void) rethrows {
        setClock()
        try body(self[role].engine, now)
        drain(role)
    }

    /// Sends application data from one end; it arrives as time goes on.
    package func send(_ role: Role, _ bytes: [UInt8]) throws {
        try command(role) { engine, now in try bytes.withUnsafeBytes { try engine.send($0, now: now) } }
    }

    /// Throws a datagram at one end, past the link, at the present instant.
    package func inject(_ role: Role, _ datagram: [UInt8]) {
        command(role) { engine, now in datagram.withUnsafeBytes { engine.receive($0, now: now) } }
    }

    /// Sends data both ways and says whether it arrived, once each and nothing else.
    package func canTalk() -> Bool {
        client.received = []
        server.received = []
        do {
            try send(.client, Array("from the client".utf8))
            try send(.server, Array("from the server".utf8))
        } catch {
            return false
        }
        settle()
        return server.received == [Array("from the client".utf8)] && client.received == [Array("from the server".utf8)]
            && client.failure == nil && server.failure == nil
    }

    /// The same over another link, which stays.
    package func canTalk(over link: Link) -> Bool {
        self.link = link
        return canTalk()
    }

    /// Lets time go on, from one arrival or deadline to the next, until `condition` holds.
    /// - Returns: whether it held within `limit` microseconds.
    @discardableResult
    package func drive(until condition: () -> Bool = { false }, within limit: Int64 = 120_000_000) -> Bool {
        let end = now + limit
        var stepsWithoutTime = 0
        while !condition() {
            stepsWithoutTime = nextInstant.map { $0 <= now } == true ? stepsWithoutTime + 1 : 0
            // An engine that lets its deadline pass and does nothing about it would be called for ever.
            guard let next = nextInstant, next <= end, stepsWithoutTime < 100_000 else {
                now = max(now, end)
                return condition()
            }
            step(to: next)
        }
        return true
    }

    /// Delivers what is on its way, and lets no timer run.
    package func settle() {
        while let next = inFlight.map(\.arrival).min() { step(to: next) }
    }

    // MARK: Time

    private func setClock() {
        // Far from zero, so that the wall clock can be set back.
        virtual_clock_set(100_000_000_000 + now.microseconds + wallClockError)
    }

    private var nextInstant: Instant? {
        (inFlight.map(\.arrival) + [client.deadline, server.deadline].compactMap { $0 }).min()
    }

    private func step(to instant: Instant) {
        beforeStep(steps)
        steps += 1
        now = max(now, instant)
        setClock()
        if let index = inFlight.indices.filter({ inFlight[$0].arrival <= now }).min(by: {
            (inFlight[$0].arrival, inFlight[$0].order) < (inFlight[$1].arrival, inFlight[$1].order)
        }) {
            let datagram = inFlight.remove(at: index)
            inject(datagram.to, datagram.bytes)
        } else {
            for role in [Role.client, .server] { wake(role) }
        }
    }

    private func wake(_ role: Role) {
        let end = self[role]
        for (_, answer) in end.answersDue where end.answersDue.contains(where: { $0.0 <= now }) {
            end.answersDue.removeFirst()
            command(role, answer)
        }
        guard !end.isDeafToTimers, end.engine.deadline.map({ $0 <= now }) == true else { return }
        command(role) { $0.handleTimeout(now: $1) }
    }

    private func drain(_ role: Role) {
        let end = self[role]
        while true {
            switch end.engine.poll() {
            case .transmit(let datagram):
                if datagram.count > link.refusedAbove {
                    end.engine.noteTooLarge(datagram.count, now: now)
                } else {
                    transmit(datagram, from: role)
                }
            case .event(let event): handle(event, of: end)
            case .timeout: return
            }
        }
    }

    private func handle(_ event: Event, of end: End) {
        switch event {
        case .verifyPeer:
            end.verificationsAsked += 1
            if let verdict = end.verdict {
                think(end) { $0.resolvePeerVerification(verdict, now: $1) }
            }
        case .certificateRequested:
            end.certificatesAsked += 1
            let answer = end.answer
            think(end) { $0.resolveCertificateRequest(answer, now: $1) }
        case .handshakeCompleted(let negotiated): end.negotiated = negotiated
        case .applicationData(let bytes): end.received.append(bytes)
        case .peerClosed: end.isPeerClosed = true
        case .failed(let error): end.failure = error
        }
    }

    private func think(_ end: End, _ answer: @escaping (DTLSEngine, Instant) -> Void) {
        if end.thinkingTime == 0 { return answer(end.engine, now) }
        end.answersDue.append((now + end.thinkingTime, answer))
    }

    private func transmit(_ datagram: [UInt8], from role: Role) {
        let serial = self[role].sent.count
        self[role].sent.append(datagram)
        let fate = link.decide(role, serial, datagram)
        guard datagram.count <= link.mtu else { return }
        let arrival = now + link.latency
        switch fate {
        case .deliver: carry(datagram, from: role, arrival)
        case .drop: break
        case .duplicate: for _ in 0..<2 { carry(datagram, from: role, arrival) }
        case .delay(let microseconds): carry(datagram, from: role, arrival + microseconds)
        case .replace(let others): for other in others { carry(other, from: role, arrival) }
        }
    }

    private func carry(_ datagram: [UInt8], from role: Role, _ arrival: Instant) {
        order += 1
        inFlight.append((arrival, order, role == .client ? .server : .client, datagram))
    }

    /// libssl has no context to give.
    private struct Unavailable: Error {}
}
