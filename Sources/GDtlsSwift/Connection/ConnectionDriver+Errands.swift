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
        case worker
        /// An iteration of the context in which the operation began.
        case context(MainContext)
    }

    /// Runs the errands that this runner may run.
    ///
    /// With the lock, which is released meanwhile.
    func runErrands(_ runner: Runner) {
        while handlerThread == nil, var errand = errands.first as Errand? {
            guard let acquired = admit(errand, runner) else { return }
            errands.removeFirst()
            let entersHandler = errand.entersHandler
            if entersHandler { handlerThread = Self.currentThread }
            monitor.withoutLock {
                perform(errand, runner)
                // What it holds may be the last reference to something of the application's: gone without the lock.
                errand = .announce([], .success(true))
                acquired.release()
            }
            if entersHandler { handlerThread = nil }
            noteChange()
        }
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
            if case .context = runner { return nil }
            return Acquired(context: nil)
        }
        switch (origin, runner) {
        case (.caller, .blocking):
            return Acquired(context: nil)
        case (.background(let own, _), .context(let present)):
            return own.pointer == present.pointer ? Acquired(context: nil) : nil
        case (.background(let own, _), .blocking):
            // The application blocks in the very thread that would iterate the context, or nobody iterates it: then
            // this thread may stand in for it, as g_main_context_invoke() would.
            return own.tryAcquire() ? Acquired(context: own) : nil
        default:
            return nil
        }
    }

    private func perform(_ errand: Errand, _ runner: Runner) {
        guard let object = connection.upgrade(),
            let connection = tryImplementation(object.pointer, as: ConnectionObject.self)
        else { return }
        switch errand {
        case .verify(let chain):
            if case .worker = runner, connection.verificationMayBlock {
                ThreadPool.run(object) { [weak self] in self?.verify(chain, connection) }
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
            for task in tasks { task.complete(result) }
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
    /// Whether the application is asked something, and must not block on the same connection meanwhile.
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
