// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// The two ways to run an operation: wait for it, or see whether it can be had at once.
extension ConnectionDriver {
    /// Tries until `attempt` gives a result, sleeping in between.
    ///
    /// - Parameters:
    ///   - deadline: when to give up with `G_IO_ERROR_TIMED_OUT`.
    ///   - cancellable: ends it with `G_IO_ERROR_CANCELLED`.
    ///   - datagrams: how many to take from the base at a time.
    ///   - drives: whether it starts and drives the handshake.
    ///   - attempt: runs with the lock; `nil` means not yet.
    /// - Returns: what `attempt` gave.
    /// - Throws: what `attempt` threw, or that the waiting had to end.
    func block<R>(
        until deadline: Deadline,
        cancellable: UnsafeMutablePointer<GCancellable>?,
        datagrams: Int,
        drives: Bool = true,
        attempt: () throws -> R?
    ) throws -> R {
        try checkCancelled(cancellable)
        return try withLock {
            if isInsideHandler {
                throw GLibError.io(G_IO_ERROR_FAILED, "Cannot perform blocking operation during TLS handshake")
            }
            if let result = try attempt() { return result }
            return try blockSlowly(until: deadline, cancellable, datagrams, drives, attempt)
        }
    }

    private func blockSlowly<R>(
        until deadline: Deadline,
        _ cancellable: UnsafeMutablePointer<GCancellable>?,
        _ datagrams: Int,
        _ drives: Bool,
        _ attempt: () throws -> R?
    ) throws -> R {
        var cancelHandler: CancelHandler?
        blockedThreads += 1
        if drives {
            takeUpHandshake()
            drivingThreads.append(Self.currentThread)
        }
        defer {
            blockedThreads -= 1
            if drives, let index = drivingThreads.lastIndex(of: Self.currentThread) { drivingThreads.remove(at: index) }
            if isHandshaking, drivingThreads.isEmpty { leaveHandshake() }
            // From here on the worker sends what is left.
            if !unsent.isEmpty { noteChange() }
            // Another takes its place.
            if leader == nil, blockedThreads > 0 { monitor.wakeAll() }
            if let handler = cancelHandler { monitor.withoutLock { handler.disconnect() } }
        }
        var isToldReadable = false
        while true {
            if drives, isNew { beginHandshake(.caller) }
            pump(datagrams: datagrams, isToldReadable: isToldReadable)
            runErrands(.blocking(cancellable))
            if let result = try attempt() { return result }
            try checkCancelled(cancellable)
            if let instant = deadline.instant, instant <= .now {
                let hint = isHandshaking ? outcome.hint : ""
                throw GLibError.io(G_IO_ERROR_TIMED_OUT, "The DTLS operation timed out\(suffix)\(hint)")
            }
            if cancelHandler == nil, cancellable != nil {
                // Connecting runs the handler at once where the cancellable is cancelled already.
                cancelHandler = monitor.withoutLock { CancelHandler(cancellable) { [weak self] in self?.interrupt() } }
                continue
            }
            isToldReadable = sleep(until: deadline.instant)
        }
    }

    /// Sees whether `attempt` gives a result now.
    ///
    /// Where a handshake is needed first, it goes on in the background, and the answer is `G_IO_ERROR_WOULD_BLOCK`.
    func immediately<R>(datagrams: Int, attempt: () throws -> R?) throws -> R {
        try withLock {
            if isInsideHandler { throw Self.wouldBlock }
            // A program that polls and has no main loop is asked and told here, if anywhere.
            if !errands.isEmpty { runErrands(.passing) }
            if let result = try attempt() { return result }
            if isNew || isHandshaking {
                beginHandshake(.background(.threadDefault(), priority: G_PRIORITY_DEFAULT))
            } else {
                pump(datagrams: datagrams)
            }
            if let result = try attempt() { return result }
            throw Self.wouldBlock
        }
    }

    /// Whether the calling thread is in the application's code for whose answer the handshake waits.
    var isInsideHandler: Bool {
        if handlerThread == nil, inquirers.isEmpty { return false }
        return handlerThread == Self.currentThread || inquirers.contains(Self.currentThread)
    }

    /// Wakes the blocked threads and the worker, so that they look at their cancellables.
    ///
    /// From any thread.
    func interrupt() {
        withLock { noteChange() }
    }

    private static let wouldBlock = GLibError.io(G_IO_ERROR_WOULD_BLOCK, "The DTLS operation would block")

    /// " with PEER", where the peer is known.
    var suffix: String {
        let peer = base.peerDescription
        return peer.isEmpty ? "" : " with \(peer)"
    }

    var isNew: Bool {
        if case .new = phase { return true }
        return false
    }

    var isEstablished: Bool {
        if case .established = phase { return true }
        return false
    }

    /// One blocked thread watches the base socket, the others wait to be told; whether the base is ready.
    private func sleep(until instant: Instant?) -> Bool {
        wakeWaiters()
        if var afterwards = takeAfterwards() {
            monitor.withoutLock { afterwards.run() }
            return false
        }
        guard leader == nil else {
            monitor.wait(until: instant?.microseconds)
            return false
        }
        let waiter = base.makeWaiter()
        let condition = takeWatchableCondition()
        // An errand for a context that this thread cannot stand in for now may find it free later, without a word.
        let retry: Instant? = errands.isEmpty ? nil : .now + 50_000
        let wakeUp = [instant, engine?.deadline, retry].compactMap { $0 }.min()
        leader = waiter
        let isReady = monitor.withoutLock { waiter.wait(for: condition, on: base, until: wakeUp) }
        leader = nil
        return isReady
    }
}
