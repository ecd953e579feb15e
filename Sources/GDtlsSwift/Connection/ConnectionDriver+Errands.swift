// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension ConnectionDriver {
    /// Who offers to run errands, without the lock.
    enum Runner {
        /// A thread inside a blocking call, with that call's cancellable.
        case blocking(UnsafeMutablePointer<GCancellable>?)
        /// A thread inside a call that does not wait: good for what enters the application alone.
        case passing
        case worker
        /// An iteration of the context in which the operation began.
        case context(MainContext)
    }

    /// Runs the errands that this runner may run.
    ///
    /// With the lock, which is released meanwhile.
    func runErrands(_ runner: Runner) {
        takeOverInquiry(runner)
        var hasRun = false
        while handlerThread == nil, var errand = errands.first as Errand?, let acquired = admit(errand, runner) {
            errands.removeFirst()
            hasRun = true
            let entersHandler = errand.entersHandler
            if entersHandler { handlerThread = Self.currentThread }
            // Whoever waits does not wait for the application; and this thread does not watch the base meanwhile.
            if case .blocking = runner { blockedThreads -= 1 }
            noteChange()
            wakeWaiters()
            var afterwards = takeAfterwards()
            monitor.withoutLock {
                // A question that was taken over is withdrawn before it is put again.
                afterwards?.run()
                perform(errand, runner)
                // What it holds may be the last reference to something of the application's: gone without the lock.
                errand = .announce([], .success(true))
                acquired.release()
            }
            if case .blocking = runner { blockedThreads += 1 }
            if entersHandler { handlerThread = nil }
            noteChange()
        }
        // Another thread may have been turned away meanwhile.
        if hasRun { postErrands() }
    }

    /// Asks the context of the operation to run what waits for it.
    func postErrands() {
        guard !errands.isEmpty, case .background(let context, let priority) = origin else { return }
        context.invokeLater(priority: priority) { [weak self] in
            self?.withLock { self?.runErrands(.context(context)) }
        }
    }

    static var currentThread: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(g_thread_self()) }

    /// A context that was acquired for an errand, if one had to be.
    private struct Acquired {
        let context: MainContext?
        func release() { context?.release() }
    }

    private func admit(_ errand: Errand, _ runner: Runner) -> Acquired? {
        guard errand.entersApplication else {
            switch runner {
            case .context, .passing: return nil
            // What is asked for a call that is cancelled would be withdrawn at once, and again and again.
            case .blocking(let cancellable?) where g_cancellable_is_cancelled(cancellable) != 0: return nil
            // A handshake that everybody has cancelled meanwhile stands still.
            case .worker where !isDrivenInBackground: return nil
            case .blocking, .worker: return Acquired(context: nil)
            }
        }
        switch (origin, runner) {
        case (.caller, .blocking):
            // The thread that began it, or the next one in its place.
            return drivingThreads.first == Self.currentThread ? Acquired(context: nil) : nil
        case (.background(let own, _), .context(let present)):
            return own.pointer == present.pointer ? Acquired(context: nil) : nil
        case (.background(let own, _), .blocking), (.background(let own, _), .passing):
            // The application blocks in the very thread that iterates the context, or would: this thread stands in for
            // it, by the rules of g_main_context_invoke().
            if own.isOwner { return Acquired(context: nil) }
            guard MainContext.threadDefault().pointer == own.pointer, own.tryAcquire() else { return nil }
            return Acquired(context: own)
        default:
            return nil
        }
    }

    private func perform(_ errand: Errand, _ runner: Runner) {
        // What follows may bring the callback in which the application lets go of the connection: without a reference.
        let consequence = carryOut(errand, runner)
        consequence?()
    }

    /// Does what the errand is for, with a reference to the connection.
    ///
    /// - Returns: what is to be done with the answer, without it.
    private func carryOut(_ errand: Errand, _ runner: Runner) -> (() -> Void)? {
        guard let object = connection.upgrade(),
            let connection = tryImplementation(object.pointer, as: ConnectionObject.self)
        else { return nil }
        // The driver knows its connection weakly: it lives at least until the errand is run.
        defer { withExtendedLifetime(object) {} }
        switch errand {
        case .verify(let chain):
            return verify(chain, connection, object, runner)
        case .ask(let judged):
            let isAccepted = judged.certificate.map { connection.emitAcceptCertificate($0, judged.flags) } ?? false
            let refusal = isAccepted ? nil : connection.refusal(of: judged, wasAsked: true)
            return { self.resolve(judged, refusal) }
        case .findCertificate:
            findCertificate(connection, runner)
        case .announce(let tasks, let result):
            connection.announceHandshake(result)
            for task in tasks { task.completeLater(result) }
        }
        return nil
    }

    /// Judges the chain; a database of the application's may take its time, and is asked where that holds nobody up.
    private func verify(
        _ chain: [X509Certificate],
        _ connection: ConnectionObject,
        _ object: GRef<UnsafeMutablePointer<GObject>>,
        _ runner: Runner
    ) -> (() -> Void)? {
        guard connection.verificationMayBlock else { return decide(on: connection.judge(chain, nil), connection) }
        let judge: @Sendable (Inquiry) -> (() -> Void)? = { [weak self] inquiry in
            let judged = connection.judge(chain, inquiry.cancellable.pointer)
            guard let self, conclude(inquiry, hasFailed: judged.error != nil) else { return nil }
            return decide(on: judged, connection)
        }
        if case .blocking(let cancellable) = runner {
            return inquire(.verify(chain), cancellable: cancellable, judge)
        }
        let kept = KeptObject(object)
        return { self.inquireElsewhere(.verify(chain), of: kept, judge) }
    }

    /// How to accept or refuse, or to leave the decision to the application.
    private func decide(on judged: PeerVerification, _ connection: ConnectionObject) -> () -> Void {
        switch judged.certificate == nil ? .refuse : connection.policy(on: judged.flags) {
        case .accept:
            return { self.resolve(judged, nil) }
        case .refuse:
            let refusal = connection.refusal(of: judged, wasAsked: false)
            return { self.resolve(judged, refusal) }
        case .ask:
            return {
                self.withLock {
                    self.errands.append(.ask(judged))
                    self.noteChange()
                    self.postErrands()
                }
            }
        }
    }

    private func resolve(_ judged: PeerVerification, _ refusal: Refusal?) {
        withLock {
            guard case .handshaking(let engine) = phase else { return }
            outcome.peerCertificate = judged.certificate
            outcome.peerErrors = judged.flags
            outcome.refusal = refusal
            let verdict: Verdict = refusal == nil ? .accept : .refuse(RefusalReason(judged.flags))
            engine.resolvePeerVerification(verdict, now: .now)
            noteChange()
            drain(engine)
        }
    }
}

extension Errand {
    /// Whether the handshake waits for an answer, so that whoever gives it must not block on the same connection.
    var entersHandler: Bool {
        switch self {
        case .ask, .findCertificate: true
        case .verify, .announce: false
        }
    }
}

extension RefusalReason {
    /// What an alert can say of the problems found.
    init(_ flags: GTlsCertificateFlags) {
        self =
            if flags.intersects(G_TLS_CERTIFICATE_REVOKED) {
                .revoked
            } else if flags.intersects(G_TLS_CERTIFICATE_UNKNOWN_CA) {
                .unknownAuthority
            } else if flags.intersects(G_TLS_CERTIFICATE_EXPIRED) {
                .expired
            } else {
                .badCertificate
            }
    }
}
