// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// `GDtlsConnection::accept-certificate`.
extension ConnectionObject {
    /// Whether anybody would answer: a handler, or a subclass that overrides the vfunc or the signal's own handler.
    ///
    /// If not, the answer is no, and no trip to the application's context is needed to know. What a subclass overrides
    /// cannot always be seen from outside, so one is asked.
    var hasAcceptanceHandler: Bool {
        let type = CGIO_G_TYPE_FROM_INSTANCE(rawInstance)
        if type != ObjectType.register(Swift.type(of: self)) { return true }
        return g_signal_has_handler_pending(rawInstance, g_signal_lookup("accept-certificate", type), 0, 1) != 0
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
}
