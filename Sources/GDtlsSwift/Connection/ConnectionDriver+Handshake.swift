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
            guard closed != .both else {
                // Closed by somebody else while the lock was released.
                origin = newOrigin
                phase = .failed(Self.closedError("a handshake"))
                announce(.failure(Self.closedError("a handshake")))
                return
            }
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
            takeUpHandshake()
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
        if let task = pendingHandshakes.first?.task {
            beginHandshake(.background(task.context, priority: task.priority))
        } else {
            noteIdling()
        }
    }

    /// Somebody drives a handshake again that lay idle, which its limit does not count.
    func takeUpHandshake() {
        guard let since = idleSince, case .handshaking(let engine) = phase else { return }
        idleSince = nil
        engine.excuseIdling(Instant.now.microseconds - since.microseconds)
    }

    /// After a cancellation: a handshake that everybody who asked for it has cancelled stands still until the next
    /// operation, one that others wait for goes on in the context of one of them.
    func reviewHandshake(without context: MainContext) {
        guard isHandshaking, case .background(let own, _) = origin else { return }
        let remaining = pendingHandshakes
        if remaining.isEmpty {
            origin = .caller
            withdrawInquiry(isPutAgain: true)
            noteIdling()
        } else if own.pointer == context.pointer,
            !remaining.contains(where: { $0.task.context.pointer == own.pointer }), let task = remaining.first?.task
        {
            origin = .background(task.context, priority: task.priority)
            postErrands()
        }
        noteChange()
    }

    private func noteIdling() {
        if !isHandshakeDriven { idleSince = idleSince ?? .now }
    }

    private var pendingHandshakes: [PendingOperation] {
        pending.filter { operation in
            if case .handshake = operation.kind { return true }
            return false
        }
    }

    /// The engine says that the handshake is complete.
    func completeHandshake(_ engine: DTLSEngine, _ negotiated: Negotiated) {
        guard isHandshaking else { return }
        outcome.negotiated = negotiated
        noteAcceptedAuthorities(engine)
        phase = .established(engine)
        if engine.owesLastFlight { lingerDeadline = .now + Self.lingerTime }
        // Shut down for sending before there was anything to send it on.
        if closed.contains(.writing) { engine.shutdown(now: .now) }
        announce(.success(true))
    }

    /// The engine says that the association is over.
    func failAssociation(_ engine: DTLSEngine, _ error: EngineError) {
        let activity: GLibError.Activity =
            isHandshaking
            ? .handshake(engine, outcome) : .association(engine, hasHeardPeer: hasHeardPeer)
        let failure = GLibError(error, during: activity, with: base)
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
        discardErrands()
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
        isHandshaking && (isDrivenInBackground || !drivingThreads.isEmpty)
    }

    /// Whether the worker is to drive the handshake where no blocked thread does.
    var isDrivenInBackground: Bool {
        if case .background = origin { return true }
        return false
    }

    /// Forgets what the handshake would have asked; what that holds goes without the lock.
    func discardErrands() {
        withdrawInquiry(isPutAgain: false)
        afterwards.errands += errands
        errands.removeAll()
    }

    /// Has everybody told who waits for the handshake's end: the connection's notifications and the tasks of the same
    /// context together and in order, tasks of other contexts by themselves.
    private func announce(_ result: Result<Bool, any Error>) {
        var tasks: [AsyncTask] = []
        for operation in pendingHandshakes {
            if case .background(let context, _) = origin, context.pointer == operation.task.context.pointer {
                tasks.append(operation.task)
                if let handler = operation.cancelHandler { afterwards.cancelHandlers.append(handler) }
            } else {
                end(operation, result)
            }
        }
        pending.removeAll { operation in
            if case .handshake = operation.kind { return true }
            return false
        }
        errands.append(.announce(tasks, result))
        postErrands()
    }

    /// Keeps the names of the authorities that the server accepts, for the property.
    func noteAcceptedAuthorities(_ engine: DTLSEngine) {
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
