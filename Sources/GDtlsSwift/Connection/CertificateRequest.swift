// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// A certificate is needed: because a server asks this client for one, or because this server's is in a PKCS#11 token.
///
/// It is what the application has set, or what its interaction finds.
extension ConnectionDriver {
    /// Gives the handshake its certificate, at once or when the application has answered.
    ///
    /// A blocking call asks in its own thread, as `g_tls_interaction_invoke_request_certificate` and
    /// `g_tls_interaction_invoke_ask_password` want it: those run the interaction in the context it was made in, or here
    /// if this thread stands for that context. The worker has it asked from another thread.
    func findCertificate(_ connection: ConnectionObject, _ runner: Runner) {
        let (certificate, interaction) = connection.settings.withLock { ($0.certificate, $0.interaction) }
        let isAskedFor = certificate == nil && interaction != nil && connection is ClientConnectionObject
        let proxy = isAskedFor ? InteractionConnection.make(for: connection) : nil
        // Whoever lives for as long as somebody is asked. Not the connection: it may go, and withdraws the question then.
        let keptAlive: UnsafeMutableRawPointer
        if let interaction, proxy != nil {
            keptAlive = interaction.rawPointer
        } else if let certificate {
            let ready = Result { try CertificateObject.readyCredentials(of: certificate.pointer) }
            if case .success(nil) = ready {
                keptAlive = certificate.rawPointer
            } else {
                return answerCertificateRequest(ready)
            }
        } else {
            return answerCertificateRequest(.success(nil))
        }
        if case .blocking(let cancellable) = runner {
            inquire(.findCertificate, cancellable: cancellable) { ask(interaction, proxy, $0) }?()
        } else {
            let object = GRef(retaining: keptAlive.assumingMemoryBound(to: GObject.self))
            inquireElsewhere(.findCertificate, of: KeptObject(object)) { [weak self] in
                self?.ask(interaction, proxy, $0) ?? nil
            }
        }
        withExtendedLifetime(certificate) {}
    }

    /// Has a blocking call put a question itself that another thread has put on behalf of a background handshake,
    /// where the call blocks the context that would have to answer.
    ///
    /// With the lock. While the worker is still about to put it, it waits, or the worker would put it once more.
    func takeOverInquiry(_ runner: Runner) {
        guard handlerThread == nil, case .blocking = runner, case .background(let context, _) = origin,
            let inquiry, inquiry.isElsewhere, case .findCertificate = inquiry.errand, context.isStoodInForHere
        else { return }
        withdrawInquiry(isPutAgain: true)
    }

    /// Asks for a certificate, where there is a proxy to set it on, and for the PIN of its key, where it takes one.
    private func ask(
        _ interaction: GRef<UnsafeMutablePointer<GTlsInteraction>>?,
        _ proxy: GRef<UnsafeMutablePointer<GTlsConnection>>?,
        _ inquiry: Inquiry
    ) -> (() -> Void)? {
        let answer = Result { () -> Credentials? in
            if let interaction, let proxy { try interaction.requestCertificate(for: proxy, inquiry.cancellable) }
            return try presentCertificate.map {
                try CertificateObject.credentials(
                    of: $0.pointer,
                    interaction: interaction?.pointer,
                    cancellable: inquiry.cancellable.pointer
                )
            }
        }
        var hasFailed = false
        if case .failure = answer { hasFailed = true }
        guard conclude(inquiry, hasFailed: hasFailed) else { return nil }
        return { self.answerCertificateRequest(answer) }
    }

    /// The connection's certificate as it is by now; the connection itself is let go again.
    private var presentCertificate: GRef<UnsafeMutablePointer<GTlsCertificate>>? {
        guard let object = connection.upgrade() else { return nil }
        defer { withExtendedLifetime(object) {} }
        return tryImplementation(object.pointer, as: ConnectionObject.self)?.settings.withLock { $0.certificate }
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
        // An exception of PyGObject's sets the error and leaves the result what it was.
        if let error { throw GLibError(taking: error) }
        guard result != G_TLS_INTERACTION_FAILED else {
            throw GLibError.io(G_IO_ERROR_FAILED, "The interaction failed to find a certificate and gave no reason")
        }
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
