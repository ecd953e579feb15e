// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension ConnectionDriver {
    /// Who offers to run errands, without the lock.
    enum Runner {
        /// A thread inside a blocking call.
        case blocking
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
            monitor.withoutLock {
                perform(errand, runner)
                // What it holds may be the last reference to something of the application's: gone without the lock.
                errand = .announce([], .success(true))
                acquired.release()
            }
            if case .blocking = runner { blockedThreads += 1 }
            // Unless a thread of the pool is inside in its place.
            if entersHandler, handlerThread == Self.currentThread { handlerThread = nil }
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
        guard let object = connection.upgrade(),
            let connection = tryImplementation(object.pointer, as: ConnectionObject.self)
        else { return }
        // The driver knows its connection weakly: it lives at least until the errand is run.
        defer { withExtendedLifetime(object) {} }
        switch errand {
        case .verify(let chain):
            if case .worker = runner, connection.verificationMayBlock {
                ThreadPool.run(object) { [weak self] in self?.asHandler { self?.verify(chain, connection) } }
            } else {
                verify(chain, connection)
            }
        case .ask(let certificate, let flags):
            let isAccepted = connection.emitAcceptCertificate(certificate, flags)
            resolve(isAccepted ? .accept : .refuse(RefusalReason(flags)), certificate, flags)
        case .findCertificate:
            answerCertificateRequest(connection.findCertificate())
        case .announce(let tasks, let result):
            connection.announceHandshake(result)
            for task in tasks {
                if case .context = runner { task.complete(result) } else { task.completeLater(result) }
            }
        }
    }

    /// Runs `body`, without the lock, as the thread that is inside the application's code.
    private func asHandler(_ body: () -> Void) {
        withLock { handlerThread = Self.currentThread }
        body()
        withLock {
            handlerThread = nil
            noteChange()
            postErrands()
        }
    }

    /// Judges the chain and decides, or leaves the decision to the application.
    private func verify(_ chain: [X509Certificate], _ connection: ConnectionObject) {
        let judged = connection.judge(chain)
        guard let certificate = judged.certificate else { return resolve(.refuse(.badCertificate), nil, judged.flags) }
        switch connection.policy(on: judged.flags) {
        case .accept:
            resolve(.accept, certificate, judged.flags)
        case .refuse:
            resolve(.refuse(RefusalReason(judged.flags)), certificate, judged.flags)
        case .ask:
            withLock {
                errands.append(.ask(certificate, judged.flags))
                noteChange()
                postErrands()
            }
        }
    }

    private func resolve(
        _ verdict: Verdict,
        _ certificate: GRef<UnsafeMutablePointer<GTlsCertificate>>?,
        _ flags: GTlsCertificateFlags
    ) {
        withLock {
            guard case .handshaking(let engine) = phase else { return }
            outcome.peerCertificate = certificate
            outcome.peerErrors = flags
            engine.resolvePeerVerification(verdict, now: .now)
            noteChange()
            drain(engine)
        }
    }

    private func answerCertificateRequest(_ found: Result<Credentials?, any Error>) {
        withLock {
            guard case .handshaking(let engine) = phase else { return }
            noteChange()
            switch found {
            case .failure(let error):
                engine.shutdown(now: .now)
                drain(engine)
                failHandshake(GLibError(error))
            case .success(let credentials):
                engine.resolveCertificateRequest(credentials, now: .now)
                drain(engine)
            }
        }
    }
}

extension Errand {
    /// Whether the handshake waits for an answer, so that whoever gives it must not block on the same connection.
    var entersHandler: Bool {
        switch self {
        case .ask, .verify, .findCertificate: true
        case .announce: false
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
