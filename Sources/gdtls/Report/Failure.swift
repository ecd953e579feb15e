// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// Why the command failed: what happened, with which peer, and what can be done about it.
struct Failure: Error {
    let status: ExitStatus
    let message: String
    /// What to do about it, if there is something to say.
    let advice: String?

    init(_ status: ExitStatus, _ message: String, advice: String? = nil) {
        self.status = status
        self.message = message
        self.advice = advice
    }

    /// A handshake that has failed.
    init(handshake error: GLibError, role: Association.Role, problems: CertificateProblems) {
        let message = error.message
        if error.isTLS(G_TLS_ERROR_HANDSHAKE) {
            self.init(.noAnswer, message, advice: "See whether a DTLS peer runs there, and lets UDP through")
        } else if error.isTLS(G_TLS_ERROR_BAD_CERTIFICATE) {
            self.init(.notVerified, message, advice: problems.advice(for: role))
        } else if error.isTLS(G_TLS_ERROR_CERTIFICATE_REQUIRED) {
            let advice = role == .client ? "Give one that the server accepts by --cert FILE" : nil
            self.init(.notVerified, message, advice: advice)
        } else {
            self.init(.handshakeFailed, message)
        }
    }
}
