// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// `GDtlsConnection::accept-certificate` and the search for a client's certificate.
extension ConnectionObject {
    /// Whether anybody would answer: a handler, or a subclass that overrides the vfunc.
    ///
    /// If not, the answer is no, and no trip to the application's context is needed to know.
    var hasAcceptanceHandler: Bool {
        let type = CGIO_G_TYPE_FROM_INSTANCE(rawInstance)
        let signal = g_signal_lookup("accept-certificate", type)
        return g_signal_has_handler_pending(rawInstance, signal, 0, 1) != 0 || overridesAcceptance
    }

    /// Emits the signal, in the calling thread, and returns the handlers' answer.
    func emitAcceptCertificate(
        _ certificate: GRef<UnsafeMutablePointer<GTlsCertificate>>,
        _ flags: GTlsCertificateFlags
    ) -> Bool {
        keepingInstance {
            withoutOthersOverride {
                g_dtls_connection_emit_accept_certificate(OpaquePointer(instance), certificate.pointer, flags) != 0
            }
        }
    }

    /// What to show a server that asks: the certificate property as it is by now, or nothing.
    func findCertificate() -> Result<Credentials?, any Error> {
        Result {
            guard let certificate = settings.withLock({ $0.certificate }) else { return nil }
            return try CertificateObject.credentials(of: certificate.pointer)
        }
    }
}
