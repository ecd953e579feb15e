// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CVirtualClock
import DTLSEngine

/// One engine, what came out of it, and the promises that hold for an engine whatever comes in.
final class FuzzedEnd {
    /// What to answer to the question whether the peer's certificate is good.
    enum Policy {
        case accept
        case refuse
        case wait
    }

    let engine: DTLSEngine
    let mtu: Int
    var policy = Policy.accept
    private(set) var isAsked = false
    private(set) var hasRefused = false
    private(set) var hasShutDown = false
    private(set) var isComplete = false
    private(set) var isPeerClosed = false
    private(set) var failure: EngineError?
    /// Application data that came, and what was sent.
    private(set) var received: [[UInt8]] = []
    private(set) var said: [[UInt8]] = []

    init(_ configuration: EngineConfiguration) throws {
        mtu = configuration.mtu
        engine = try DTLSEngine(configuration: configuration)
    }

    /// Calls an input or a command at an instant, and takes all that comes out.
    /// - Returns: the datagrams to send.
    func call(at now: Instant, _ body: (DTLSEngine) -> Void) throws -> [[UInt8]] {
        virtual_clock_set(now.microseconds)
        let wasOver = failure != nil
        body(engine)
        let datagrams = try drain(now)
        if wasOver {
            try promise(datagrams.isEmpty, "an engine that has failed sends \(datagrams.count) datagrams")
            try promise(engine.deadline == nil, "an engine that has failed has a deadline")
        }
        return datagrams
    }

    /// Sends application data, which may be refused.
    func say(_ bytes: [UInt8], at now: Instant) throws -> [[UInt8]] {
        let mayTake = isComplete && failure == nil
        var isTaken = false
        let datagrams = try call(at: now) { engine in
            isTaken = (try? bytes.withUnsafeBytes { try engine.send($0, now: now) }) != nil
        }
        try promise(mayTake || !isTaken, "data is taken when there is no association")
        if isTaken { said.append(bytes) }
        return datagrams
    }

    func shutdown(at now: Instant) throws -> [[UInt8]] {
        hasShutDown = true
        return try call(at: now) { $0.shutdown(now: now) }
    }

    /// Answers the question that was left waiting.
    func resolve(_ verdict: Verdict, at now: Instant) throws -> [[UInt8]] {
        if isAsked, !hasAnswered { note(verdict) }
        return try call(at: now) { $0.resolvePeerVerification(verdict, now: now) }
    }

    // MARK: What comes out

    private func drain(_ now: Instant) throws -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        for _ in 0..<4096 {
            switch engine.poll() {
            case .transmit(let datagram):
                try promise(!datagram.isEmpty && datagram.count <= mtu, "a datagram of \(datagram.count) bytes")
                datagrams.append(datagram)
            case .event(let event):
                try handle(event, now)
            case .timeout(let deadline):
                try promise(deadline == engine.deadline, "poll tells another deadline than the engine")
                return datagrams
            }
        }
        throw Violation("polling does not end")
    }

    private func handle(_ event: Event, _ now: Instant) throws {
        if FuzzedWorld.isTraced { print("    \(engine.role): \(event)") }
        try promise(failure == nil, "an event after the failure: \(event)")
        switch event {
        case .verifyPeer(let chain):
            try promise(!chain.isEmpty && !isAsked && !isComplete, "a question that makes no sense")
            isAsked = true
            answer(now)
        case .certificateRequested:
            engine.resolveCertificateRequest(nil, now: now)
        case .handshakeCompleted:
            try promise(!isComplete && !hasRefused, "complete twice, or after a refusal")
            try promise(engine.role == .server || isAsked, "a client is complete without a verdict")
            try promise(!isAsked || hasAnswered, "complete without a verdict")
            isComplete = true
        case .applicationData(let bytes):
            try promise(isComplete, "data before the handshake is complete")
            received.append(bytes)
        case .peerClosed:
            try promise(!isPeerClosed, "the peer closes twice")
            isPeerClosed = true
        case .failed(let error):
            failure = error
        }
    }

    private var hasAnswered = false

    private func answer(_ now: Instant) {
        switch policy {
        case .wait: return
        case .accept: note(.accept)
        case .refuse: note(.refuse(.badCertificate))
        }
        engine.resolvePeerVerification(hasRefused ? .refuse(.badCertificate) : .accept, now: now)
    }

    private func note(_ verdict: Verdict) {
        hasAnswered = true
        if case .refuse = verdict { hasRefused = true }
    }
}
