// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CVirtualClock

@testable import DTLSEngine

/// A client and a server engine over a ``Link``, in virtual time.
final class Pair {
    /// One engine and what has come out of it.
    final class End {
        let engine: DTLSEngine
        var received: [[UInt8]] = []
        var negotiated: Negotiated?
        var failure: EngineError?
        var isPeerClosed = false
        var verificationsAsked = 0
        var certificatesAsked = 0
        /// Every datagram it has sent, lost or not.
        var sent: [[UInt8]] = []
        /// What to answer when it asks; `nil`: leave it waiting.
        var verdict: Verdict? = .accept
        var answer: Credentials?

        init(_ configuration: EngineConfiguration) throws {
            engine = try DTLSEngine(configuration: configuration)
        }
    }

    static let clientContext = try? SSLContext(policy: .init(role: .client))
    static let serverContext = try? SSLContext(policy: .init(role: .server))

    let client: End
    let server: End
    var link: Link
    private(set) var now = Instant(microseconds: 0)
    private var inFlight: [(arrival: Instant, order: Int, to: Role, bytes: [UInt8])] = []
    private var order = 0

    /// Makes the two engines at instant 0; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - link: the network.
    ///   - configure: changes the two configurations, client's first.
    /// - Throws: what an engine says to its configuration.
    init(
        _ link: Link = Link(),
        configure: (inout EngineConfiguration, inout EngineConfiguration) -> Void = { _, _ in }
    ) throws {
        guard let clientContext = Self.clientContext, let serverContext = Self.serverContext else {
            throw EngineError(.resourcesExhausted)
        }
        var ofClient = EngineConfiguration(context: clientContext)
        var ofServer = EngineConfiguration(context: serverContext)
        ofServer.credentials = Identity.server
        configure(&ofClient, &ofServer)
        client = try End(ofClient)
        server = try End(ofServer)
        self.link = link
        virtual_clock_set(0)
    }

    deinit {
        virtual_clock_clear()
    }

    subscript(_ role: Role) -> End { role == .client ? client : server }

    var isConnected: Bool { client.negotiated != nil && server.negotiated != nil }

    /// Starts both ends and lets them talk until both are connected, or one has failed, or time is up.
    ///
    /// - Parameter limit: microseconds of virtual time.
    /// - Returns: whether both are connected.
    @discardableResult
    func connect(within limit: Int64 = 120_000_000) -> Bool {
        command(.server) { $0.startHandshake(now: $1) }
        command(.client) { $0.startHandshake(now: $1) }
        drive(until: { self.isConnected || self.client.failure != nil && self.server.failure != nil }, within: limit)
        settle()
        return isConnected
    }

    /// Calls a command of one end at the present instant and takes what comes out.
    func command(_ role: Role, _ body: (DTLSEngine, Instant) throws -> Void) rethrows {
        virtual_clock_set(now.microseconds)
        try body(self[role].engine, now)
        drain(role)
    }

    /// Sends application data from one end; it arrives as time goes on.
    func send(_ role: Role, _ bytes: [UInt8]) throws {
        try command(role) { engine, now in try bytes.withUnsafeBytes { try engine.send($0, now: now) } }
    }

    /// Throws a datagram at one end, past the link, at the present instant.
    func inject(_ role: Role, _ datagram: [UInt8]) {
        command(role) { engine, now in datagram.withUnsafeBytes { engine.receive($0, now: now) } }
    }

    /// Lets time go on, from one arrival or deadline to the next, until `condition` holds.
    /// - Returns: whether it held within `limit` microseconds.
    @discardableResult
    func drive(until condition: () -> Bool = { false }, within limit: Int64 = 120_000_000) -> Bool {
        let end = now + limit
        while !condition() {
            guard let next = nextInstant, next <= end else {
                now = max(now, end)
                return condition()
            }
            step(to: next)
        }
        return true
    }

    /// Delivers what is on its way, and lets no timer run.
    func settle() {
        while let next = inFlight.map(\.arrival).min() { step(to: next) }
    }

    // MARK: Time

    private var nextInstant: Instant? {
        (inFlight.map(\.arrival) + [client.engine.deadline, server.engine.deadline].compactMap { $0 }).min()
    }

    private func step(to instant: Instant) {
        now = max(now, instant)
        virtual_clock_set(now.microseconds)
        if let index = inFlight.indices.filter({ inFlight[$0].arrival <= now }).min(by: {
            (inFlight[$0].arrival, inFlight[$0].order) < (inFlight[$1].arrival, inFlight[$1].order)
        }) {
            let datagram = inFlight.remove(at: index)
            inject(datagram.to, datagram.bytes)
        } else {
            for role in [Role.client, .server] where self[role].engine.deadline.map({ $0 <= now }) == true {
                command(role) { $0.handleTimeout(now: $1) }
            }
        }
    }

    private func drain(_ role: Role) {
        let end = self[role]
        while true {
            switch end.engine.poll() {
            case .transmit(let datagram): transmit(datagram, from: role)
            case .event(let event): handle(event, of: end)
            case .timeout: return
            }
        }
    }

    private func handle(_ event: Event, of end: End) {
        switch event {
        case .verifyPeer:
            end.verificationsAsked += 1
            if let verdict = end.verdict { end.engine.resolvePeerVerification(verdict, now: now) }
        case .certificateRequested:
            end.certificatesAsked += 1
            end.engine.resolveCertificateRequest(end.answer, now: now)
        case .handshakeCompleted(let negotiated): end.negotiated = negotiated
        case .applicationData(let bytes): end.received.append(bytes)
        case .peerClosed: end.isPeerClosed = true
        case .failed(let error): end.failure = error
        }
    }

    private func transmit(_ datagram: [UInt8], from role: Role) {
        let serial = self[role].sent.count
        self[role].sent.append(datagram)
        var arrivals = [now + link.latency]
        switch link.decide(role, serial, datagram) {
        case .deliver: break
        case .drop: arrivals = []
        case .duplicate: arrivals.append(now + link.latency)
        case .delay(let microseconds): arrivals = [now + (link.latency + microseconds)]
        }
        guard datagram.count <= link.mtu else { return }
        for arrival in arrivals {
            order += 1
            inFlight.append((arrival, order, role == .client ? .server : .client, datagram))
        }
    }
}
