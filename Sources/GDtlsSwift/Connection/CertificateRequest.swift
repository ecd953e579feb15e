// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// A server asks this client for a certificate: what the application has set, or what its interaction finds.
extension ConnectionDriver {
    /// Answers the server's request, at once or when the interaction has.
    ///
    /// A blocking call asks in its own thread, as `g_tls_interaction_invoke_request_certificate` wants it: that runs
    /// the interaction in the context it was made in, or here if this thread stands for that context. The worker has
    /// it asked from another thread.
    func findCertificate(_ connection: ConnectionObject, _ runner: Runner) {
        let (certificate, interaction) = connection.settings.withLock { ($0.certificate, $0.interaction) }
        guard certificate == nil, let interaction, let proxy = InteractionConnection.make(for: connection) else {
            return answerCertificateRequest(connection.credentials)
        }
        if case .blocking(let cancellable) = runner {
            inquire(.findCertificate, cancellable: cancellable) { ask(interaction, proxy, $0) }
        } else {
            let object = GRef(retaining: interaction.rawPointer.assumingMemoryBound(to: GObject.self))
            // Neither the connection nor what is asked on its behalf keeps it alive: it may go, and withdraws then.
            inquireElsewhere(.findCertificate, of: object) { [weak self] in self?.ask(interaction, proxy, $0) }
        }
    }

    /// Has a blocking call put a question itself that another thread has put on behalf of a background handshake,
    /// where the call blocks the context that would have to answer.
    ///
    /// With the lock.
    func takeOverInquiry(_ runner: Runner) {
        guard case .blocking = runner, case .background(let context, _) = origin, let inquiry, inquiry.isElsewhere,
            case .findCertificate = inquiry.errand, context.isStoodInForHere
        else { return }
        withdrawInquiry(isPutAgain: true)
    }

    private func ask(
        _ interaction: GRef<UnsafeMutablePointer<GTlsInteraction>>,
        _ proxy: GRef<UnsafeMutablePointer<GTlsConnection>>,
        _ inquiry: Inquiry
    ) {
        let answer = Result { try interaction.requestCertificate(for: proxy, inquiry.cancellable) }
        var failure: (any Error)?
        if case .failure(let error) = answer { failure = error }
        guard conclude(inquiry, hasFailed: failure != nil) else { return }
        if let failure { return answerCertificateRequest(.failure(failure)) }
        guard let object = connection.upgrade(),
            let connection = tryImplementation(object.pointer, as: ConnectionObject.self)
        else { return }
        defer { withExtendedLifetime(object) {} }
        answerCertificateRequest(connection.credentials)
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

extension ConnectionObject {
    /// The certificate property as it is by now, with its key; or nothing.
    fileprivate var credentials: Result<Credentials?, any Error> {
        Result {
            guard let certificate = settings.withLock({ $0.certificate }) else { return nil }
            return try CertificateObject.credentials(of: certificate.pointer)
        }
    }
}

extension GRef where Pointer == UnsafeMutablePointer<GTlsInteraction> {
    /// Asks for a certificate, which the interaction sets on the connection, or does not.
    ///
    /// Blocks. The corresponding C function is `g_tls_interaction_invoke_request_certificate`.
    ///
    /// - Throws: what the interaction failed with.
    fileprivate func requestCertificate(
        for connection: GRef<UnsafeMutablePointer<GTlsConnection>>,
        _ cancellable: GRef<UnsafeMutablePointer<GCancellable>>
    ) throws {
        var error: UnsafeMutablePointer<GError>?
        let result = g_tls_interaction_invoke_request_certificate(
            pointer,
            connection.pointer,
            G_TLS_CERTIFICATE_REQUEST_NONE,
            cancellable.pointer,
            &error
        )
        let reason = error.map { GLibError(taking: $0) }
        guard result == G_TLS_INTERACTION_FAILED else { return }
        throw reason
            ?? GLibError.io(G_IO_ERROR_FAILED, "The interaction failed to find a certificate and gave no reason")
    }
}

extension MainContext {
    /// Whether this thread may do what the context is for while it blocks: it owns it, or it is its thread-default one
    /// and nobody else owns it.
    fileprivate var isStoodInForHere: Bool {
        if isOwner { return true }
        guard MainContext.threadDefault().pointer == pointer, tryAcquire() else { return false }
        release()
        return true
    }
}
