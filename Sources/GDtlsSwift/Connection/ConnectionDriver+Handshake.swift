// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension ConnectionDriver {
    /// After a full handshake the worker watches this long for a client that lacks the last flight, in microseconds.
    static let lingerTime: Int64 = 60_000_000

    /// Starts the handshake if it has not started; the engine is made without the lock, since that reads properties.
    ///
    /// With the lock held. A running handshake that nobody drives gets the new origin.
    func beginHandshake(_ newOrigin: HandshakeOrigin) {
        switch phase {
        case .new:
            let made = monitor.withoutLock { Result { try makeEngine() } }
            guard case .new = phase else { return beginHandshake(newOrigin) }
            noteChange()
            switch made {
            case .failure(let error):
                origin = newOrigin
                phase = .failed(GLibError(error))
                announce(.failure(error))
            case .success(let engine):
                origin = newOrigin
                phase = .handshaking(engine)
                engine.startHandshake(now: .now)
                drain(engine)
            }
        case .handshaking where !isHandshakeDriven:
            origin = newOrigin
            postErrands()
            noteChange()
        case .handshaking, .established, .failed:
            break
        }
    }

    /// The last thread that drove the handshake leaves it: an asynchronous operation that joined takes over, and
    /// whoever waits for its end has to know that it stands still.
    func leaveHandshake() {
        noteChange()
        let joined = pending.first { operation in
            if case .handshake = operation.kind { return true }
            return false
        }
        if let task = joined?.task { beginHandshake(.background(task.context, priority: task.priority)) }
    }

    /// The engine says that the handshake is complete.
    func completeHandshake(_ engine: DTLSEngine, _ negotiated: Negotiated) {
        guard isHandshaking else { return }
        outcome.negotiated = negotiated
        noteAcceptedAuthorities(engine)
        phase = .established(engine)
        if engine.owesLastFlight { lingerDeadline = .now + Self.lingerTime }
        announce(.success(true))
    }

    /// The engine says that the association is over.
    func failAssociation(_ engine: DTLSEngine, _ error: EngineError) {
        let failure = GLibError(error, during: isHandshaking ? .handshake(engine) : .association, with: base)
        if isHandshaking {
            noteAcceptedAuthorities(engine)
            failHandshake(failure)
        } else {
            phase = .failed(failure)
        }
    }

    /// Ends the handshake with an error that every later operation reports again.
    func failHandshake(_ error: GLibError) {
        guard isHandshaking else { return }
        phase = .failed(error)
        errands.removeAll()
        announce(.failure(error))
        noteChange()
    }

    /// Whether a handshake has begun and is not over.
    var isHandshaking: Bool {
        if case .handshaking = phase { return true }
        return false
    }

    /// Whether the worker or a blocked thread is at work on the handshake.
    var isHandshakeDriven: Bool {
        guard isHandshaking else { return false }
        if case .background = origin { return true }
        return drivingThreads > 0
    }

    private func announce(_ result: Result<Bool, any Error>) {
        let tasks = pending.compactMap { operation in
            if case .handshake = operation.kind { return operation.task }
            return nil
        }
        pending.removeAll { operation in
            if case .handshake = operation.kind { return true }
            return false
        }
        errands.append(.announce(tasks, result))
        postErrands()
    }

    private func noteAcceptedAuthorities(_ engine: DTLSEngine) {
        guard engine.role == .client, engine.hasCertificateRequest else { return }
        outcome.acceptedAuthorities = engine.acceptedAuthorities
    }

    private func makeEngine() throws -> DTLSEngine {
        guard let object = connection.upgrade(),
            let connection = tryImplementation(object.pointer, as: ConnectionObject.self)
        else { throw GLibError.io(G_IO_ERROR_CLOSED, "The DTLS connection is gone") }
        return try connection.makeEngine()
    }
}
