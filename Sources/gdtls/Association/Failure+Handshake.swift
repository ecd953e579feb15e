// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

extension Failure {
    /// A handshake that has failed.
    ///
    /// The library's messages are for those who write programs; where they advise them what to set, people get other words.
    @MainLoop
    init(handshake error: GLibError, of association: Association, _ certificate: PeerCertificate?) {
        let peer = association.peer
        if error.isTLS(G_TLS_ERROR_HANDSHAKE) {
            self.init(.noAnswer, error.message, advice: "See whether a DTLS peer runs there, and lets UDP through")
        } else if error.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED), association.role == .client {
            let advice = "Give one that it accepts by --cert FILE"
            self.init(.notVerified, "\(peer) requires a certificate of this end", advice: advice)
        } else if error.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) {
            self.init(.notVerified, "A certificate is required, and \(peer) has shown none")
        } else if error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE), let certificate, !certificate.problems.isEmpty {
            let names = "\(certificate.subject ?? "no subject"), issued by \(certificate.issuer ?? "nobody")"
            let problems = certificate.problems.words.joined(separator: ", ")
            self.init(
                .notVerified,
                "The certificate of \(peer) (\(names)) is refused: \(problems)",
                advice: certificate.problems.advice(for: association.role)
            )
        } else if error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) {
            self.init(.notVerified, error.message)
        } else {
            self.init(.handshakeFailed, error.message)
        }
    }
}
