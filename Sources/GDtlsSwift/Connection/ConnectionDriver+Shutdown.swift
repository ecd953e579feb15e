// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension ConnectionDriver {
    /// Shuts directions down and waits until everything has left.
    ///
    /// The C vfunc is `shutdown`.
    func shutdown(_ halves: Halves, cancellable: UnsafeMutablePointer<GCancellable>?) throws {
        _ = try block(until: .never, cancellable: cancellable, datagrams: 1, drives: false) { tryShutdown(halves) }
    }

    /// The same without waiting: the worker finishes what cannot be done at once.
    func shutdown(_ halves: Halves, task: AsyncTask) {
        if let cancellable = task.cancellable, g_cancellable_is_cancelled(cancellable) != 0 {
            task.complete(
                Result {
                    try checkCancelled(cancellable); return true
                }
            )
            return
        }
        let isDone: Bool = withLock {
            if !isInsideHandler, tryShutdown(halves) != nil { return true }
            pending.append(PendingOperation(kind: .shutdown(halves), task: task, cancelHandler: nil))
            noteChange()
            return false
        }
        if isDone {
            task.complete(.success(true))
        } else {
            watchCancellation(of: task)
        }
    }

    /// Completes the operations that can be completed, or were cancelled.
    ///
    /// With the lock; they are told without it.
    func completePending() {
        for operation in pending {
            guard let result = result(of: operation) else { continue }
            end(operation, result)
            pending.removeAll { $0.task === operation.task }
            switch operation.kind {
            case .handshake: reviewHandshake(without: operation.task.context)
            case .shutdown: tellClosing(in: operation.task)
            }
        }
    }

    /// Has the end of an operation told as soon as the lock is released.
    ///
    /// With the lock.
    func end(_ operation: PendingOperation, _ result: Result<Bool, any Error>) {
        afterwards.completions.append(Completion(operation.task, result))
        if let handler = operation.cancelHandler { afterwards.cancelHandlers.append(handler) }
    }

    /// Whether a shutdown that is pending can be completed by now.
    func isDue(_ operation: PendingOperation) -> Bool {
        guard case .shutdown(let halves) = operation.kind, !isHandshakeDriven else { return false }
        return unsent.isEmpty || !closed.isSuperset(of: halves)
    }

    /// Ends everything because the connection goes.
    ///
    /// Sends a goodbye if there is somebody to send it to.
    func dispose() {
        withLock {
            if isHandshaking { giveUpHandshake() }
            _ = tryShutdown(.both)
            isDisposed = true
            discardErrands()
            for operation in pending {
                end(operation, .failure(Self.closedError("everything")))
            }
            pending.removeAll()
            updateWorker()
        }
    }

    /// Joins or starts the handshake for an asynchronous caller.
    func handshake(task: AsyncTask) {
        let context = task.context
        let priority = task.priority
        let result: Result<Bool, any Error>? = withLock {
            if let result = Result(catching: { try handshakeResult() }).flattened { return result }
            if let cancellable = task.cancellable, g_cancellable_is_cancelled(cancellable) != 0 {
                return Result {
                    try checkCancelled(cancellable); return true
                }
            }
            pending.append(PendingOperation(kind: .handshake, task: task, cancelHandler: nil))
            beginHandshake(.background(context, priority: priority))
            noteChange()
            return nil
        }
        if let result {
            task.complete(result)
        } else {
            watchCancellation(of: task)
        }
    }

    /// What a handshake operation would answer now, or `nil` if it has to wait.
    func handshakeResult() throws -> Bool? {
        if closed == .both { throw Self.closedError("a handshake") }
        switch phase {
        case .established: return true
        case .failed(let error): throw error
        case .new, .handshaking:
            // Who asks for a handshake wants to hear of the peer.
            if closed.contains(.reading) { throw Self.closedError("a handshake") }
            return nil
        }
    }

    /// What a pending operation came to by now; a handshake's own end is announced elsewhere.
    private func result(of operation: PendingOperation) -> Result<Bool, any Error>? {
        if operation.task.isCancelled {
            return Result {
                try checkCancelled(operation.task.cancellable); return true
            }
        }
        guard case .shutdown(let halves) = operation.kind else { return nil }
        return tryShutdown(halves).map { .success($0) }
    }

    private func tryShutdown(_ halves: Halves) -> Bool? {
        switch phase {
        case .handshaking:
            // A handshake that is under way is waited for; one that nobody drives any more is given up with the second
            // half.
            if isHandshakeDriven { return nil }
            if closed.union(halves) == .both { giveUpHandshake() }
        case .established(let engine):
            guard halves.contains(.writing), !closed.contains(.writing) else { break }
            engine.shutdown(now: .now)
            // Before the goodbye is sent, since another thread may come meanwhile.
            closed.formUnion(halves)
            noteChange()
            drain(engine)
        case .new, .failed:
            break
        }
        if !closed.isSuperset(of: halves) {
            closed.formUnion(halves)
            noteChange()
        }
        if closed.contains(.reading) { received.removeAll() }
        if !halves.contains(.writing) { return true }
        flush()
        // A base that refuses the goodbye is no reason not to close.
        baseError = nil
        return unsent.isEmpty ? true : nil
    }

    private func giveUpHandshake() {
        guard case .handshaking(let engine) = phase else { return }
        engine.shutdown(now: .now)
        drain(engine)
        phase = .failed(Self.closedError("everything"))
        discardErrands()
        noteChange()
    }

    private func watchCancellation(of task: AsyncTask) {
        guard let cancellable = task.cancellable else { return }
        let handler = CancelHandler(cancellable) { [weak self] in self?.interrupt() }
        withLock {
            guard let index = pending.firstIndex(where: { $0.task === task }) else { return }
            pending[index] = PendingOperation(kind: pending[index].kind, task: task, cancelHandler: handler)
            noteChange()
        }
    }
}

extension Result where Success == Bool?, Failure == any Error {
    /// `nil` for a success without a value.
    fileprivate var flattened: Result<Bool, any Error>? {
        switch self {
        case .success(let value): value.map { .success($0) }
        case .failure(let error): .failure(error)
        }
    }
}
